// The operations of a program, as JavaScript: the primitives, and those whose definition would take longer.
//
// Values are those of the engine: infinities where a division or a logarithm has its pole, NaN outside the domain, a NaN
// never hidden, signed zeros kept. Where JavaScript's Math differs, what is meant is written out.

/** @typedef {(a: number, b: number) => number} Operation */

/**
 * 0 to a NaN exponent is 1 in C, and so is 1 to it; here a NaN shows. JavaScript has NaN for (-1)**Infinity, C has 1.
 * @type {Operation}
 */
function power(a, b) {
  if (b === 2) return a * a; // rounded once
  if (b !== b) return NaN;
  if (Math.abs(a) === 1 && Math.abs(b) === Infinity) return 1;
  return Math.pow(a, b);
}

/**
 * The remainder with the sign of b, as Python has it; JavaScript's has the sign of a.
 * @type {Operation}
 */
function modulo(a, b) {
  if (b === 0) return NaN;
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

/**
 * The largest whole number that is not above a / b, from the remainder, since a / b may be rounded up to a whole number.
 * @type {Operation}
 */
function floorDivide(a, b) {
  if (b === 0 || a !== a || b !== b) return a / b;
  if (Math.abs(a) === Infinity) return NaN;
  const rest = a % b;
  const whole = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0);
  if (whole === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const down = Math.floor(whole);
  return whole - down > 0.5 ? down + 1 : down;
}

/** e to the power of minus the size of x, which never overflows. @param {number} x */
const decay = (x) => Math.exp(-Math.abs(x));

/** @param {number} x */
function sech2(x) {
  let e = Math.exp(-2 * Math.abs(x));
  if (e < 1e-30) {
    e = 2 * decay(x); // rounded once where the result is subnormal
    return e * e;
  }
  return (4 * e) / (1 + e * (2 + e));
}

/** @type {Record<string, Operation>} */
export const OPERATIONS = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  pow: power,
  exp: (a) => Math.exp(a),
  expm1: (a) => Math.expm1(a),
  log: (a) => Math.log(a),
  log1p: (a) => Math.log1p(a),
  sqrt: (a) => Math.sqrt(a),
  sin: (a) => Math.sin(a),
  cos: (a) => Math.cos(a),
  tan: (a) => Math.tan(a),
  asin: (a) => Math.asin(a),
  acos: (a) => Math.acos(a),
  atan: (a) => Math.atan(a),
  sinh: (a) => Math.sinh(a),
  cosh: (a) => Math.cosh(a),
  tanh: (a) => Math.tanh(a),
  abs: (a) => Math.abs(a),
  maximum: (a, b) => (a >= b ? a : b > a ? b : NaN),
  minimum: (a, b) => (a <= b ? a : b < a ? b : NaN),
  compare: (a, b) => (a > b ? 1 : a < b ? -1 : a === b ? 0 : NaN),
  mod: modulo,
  floor_divide: floorDivide,
  sigmoid: (x) => (x >= 0 ? 1 : decay(x)) / (1 + decay(x)),
  bell: (x) => decay(x) / (1 + decay(x) * (2 + decay(x))),
  softplus: (x) => (x > 0 ? x : 0) + Math.log1p(decay(x)),
  relu: (x) => (x <= 0 ? 0 : x),
  step: (x) => (x > 0 ? 1 : x <= 0 ? 0 : NaN),
  sech2,
};
