// Carries out a program that the page brings as data: no code is made from it.

import { OPERATIONS } from "./operations.js";

/**
 * What an instruction computes with: an earlier one's result, or a number; one that JSON cannot hold is text.
 * @typedef {{at: number} | number | string} Operand
 */

/**
 * @typedef {Object} ProgramData
 * @property {string[]} inputs the names of the inputs, which are the first instructions
 * @property {{op: string, args: Operand[], section: string}[]} instructions
 * @property {Record<string, Operand>} names what the labels stand for
 * @property {Operand[]} outputs
 * @property {Record<string, Operand>} updates what replaces inputs, by their names
 */

/** @param {Operand} x @returns {number} the number of a constant */
function constant(x) {
  if (typeof x === "number") return x;
  return x === "inf" ? Infinity : x === "-inf" ? -Infinity : NaN;
}

/** Runs the instructions of one program. */
export class Interpreter {
  /** @param {ProgramData} data */
  constructor(data) {
    this.data = data;
    const count = data.instructions.length;
    /** @type {number[]} constants, which stand behind the results */
    const constants = [];
    /** @param {Operand} x */
    const place = (x) => (typeof x === "object" ? x.at : count + constants.push(constant(x)) - 1);
    /** @type {{to: number, f: (a: number, b: number) => number, a: number, b: number}[]} */
    this.steps = [];
    /** @type {[number, number][]} constants that have a name */
    this.given = [];
    data.instructions.forEach(({ op, args }, to) => {
      if (op === "input") return;
      if (op === "constant") this.given.push([to, constant(args[0])]);
      else {
        const f = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
        if (!f) throw new Error(`no operation ${op}`);
        const a = place(args[0]);
        this.steps.push({ to, f, a, b: args.length > 1 ? place(args[1]) : a });
      }
    });
    this.constants = constants;
  }

  /**
   * Compute all instructions.
   * @param {ArrayLike<number>} inputs in the order of `data.inputs`
   * @param {Float64Array} [numbers] what an earlier `run` of this program has returned, to be overwritten
   * @returns {Float64Array} the results, instruction by instruction
   */
  run(inputs, numbers = new Float64Array(this.data.instructions.length + this.constants.length)) {
    const count = this.data.instructions.length;
    numbers.set(inputs);
    numbers.set(this.constants, count);
    for (const [to, x] of this.given) numbers[to] = x;
    for (const { to, f, a, b } of this.steps) numbers[to] = f(numbers[a], numbers[b]);
    return numbers;
  }

  /**
   * @param {Operand} x
   * @param {Float64Array} numbers what `run` has returned
   * @returns {number}
   */
  value(x, numbers) {
    return typeof x === "object" ? numbers[x.at] : constant(x);
  }

  /**
   * The inputs after an update, all made at once from the numbers before it.
   * @param {ArrayLike<number>} inputs
   * @param {Float64Array} numbers
   * @returns {number[]}
   */
  updated(inputs, numbers) {
    return this.data.inputs.map((name, k) =>
      Object.hasOwn(this.data.updates, name) ? this.value(this.data.updates[name], numbers) : inputs[k],
    );
  }
}
