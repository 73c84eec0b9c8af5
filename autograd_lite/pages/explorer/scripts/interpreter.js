// A stand-in, until the interpreter of the branch `js` is merged.

const FUNCTIONS = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, neg: (a) => -a,
  pow: (a, b) => a ** b, exp: Math.exp, log: Math.log, tanh: Math.tanh, sin: Math.sin, cos: Math.cos, sqrt: Math.sqrt,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)), bell: (x) => { const s = 1 / (1 + Math.exp(-x)); return s * (1 - s); },
  inverse: (x) => 1 / x, pow_slope: (a, b) => b * a ** (b - 1), one_minus_square: (x) => 1 - x * x,
  sech2: (x) => 1 / Math.cosh(x) ** 2, relu: (x) => Math.max(x, 0), step: (x) => (x > 0 ? 1 : 0),
};

/** Carries out a program's instructions. */
export class Interpreter {
  /** @param {any} data the program */
  constructor(data) {
    this.data = data;
    this.numbers = new Float64Array(data.instructions.length);
  }

  /** @param {ArrayLike<number>} inputs @returns {Float64Array} of each instruction */
  run(inputs) {
    const numbers = this.numbers;
    this.data.instructions.forEach((one, k) => {
      if (one.op === "input") numbers[k] = inputs[k];
      else if (one.op === "constant") numbers[k] = Number(one.args[0]);
      else numbers[k] = FUNCTIONS[one.op](...one.args.map((x) => this.value(x, numbers)));
    });
    return numbers;
  }

  /** @param {any} operand @param {Float64Array} numbers @returns {number} */
  value(operand, numbers) {
    return typeof operand === "object" ? numbers[operand.at] : Number(operand);
  }
}
