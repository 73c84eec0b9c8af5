// What the page's program computes: every quantity by its key, for one sample or over all.

import { Interpreter } from "./interpreter.js";

/**
 * @typedef {{key: string, name: string, kind: string, leaf: number, value: any, gradient: any}} Quantity
 * @typedef {{of: string, wrt: string, local: any}} Edge
 * @typedef {{stage: string, what: string, key: string}} Step
 * @typedef {Object} PageData what Python wrote into the page
 * @property {import("./interpreter.js").ProgramData} program
 * @property {Quantity[]} nodes
 * @property {Edge[]} edges
 * @property {string} result
 * @property {string[]} trained
 * @property {(number | string)[][]} samples
 * @property {(number | string)[]} start
 * @property {number} rate
 * @property {Step[]} steps
 * @property {string} selected what the page begins with
 * @property {Record<string, any>} routes how the picture is drawn between quantities
 */

export class Model {
  /** @param {PageData} data */
  constructor(data) {
    this.data = data;
    this.interpreter = new Interpreter(data.program);
    /** @type {Quantity[]} */ this.nodes = data.nodes;
    /** @type {Map<string, Quantity>} */ this.byKey = new Map(data.nodes.map((q) => [q.key, q]));
    /** @type {Edge[]} */ this.edges = data.edges;
    /** @type {Map<string, Edge[]>} the local derivatives of a quantity */ this.below = new Map();
    for (const edge of this.edges) {
      if (!this.below.has(edge.of)) this.below.set(edge.of, []);
      this.below.get(edge.of).push(edge);
    }
    /** @type {Quantity[]} */ this.leaves = data.nodes.filter((q) => q.leaf >= 0).sort((a, b) => a.leaf - b.leaf);
    this.result = this.byKey.get(data.result);
    /** @type {Quantity[]} */ this.trained = data.trained.map((key) => this.byKey.get(key));
    this.samples = Math.max(1, data.samples.length);
    /** How many of the leaves differ from sample to sample. */
    this.columns = data.samples.length ? data.samples[0].length : 0;
    this.start = data.start.map(Number);
  }

  /** Everything computed for some leaves. @param {ArrayLike<number>} leaves @returns {Float64Array} */
  run(leaves) {
    return this.interpreter.run(leaves);
  }

  /** @param {any} operand @param {Float64Array} numbers */
  value(operand, numbers) {
    return this.interpreter.value(operand, numbers);
  }

  /**
   * The mean loss over samples, and the means of the trained parameters' gradients.
   * @param {Float64Array} leaves of which the first are those of the samples
   * @param {number[][]} samples
   * @returns {{loss: number, slopes: Float64Array}}
   */
  mean(leaves, samples) {
    const slopes = new Float64Array(this.trained.length);
    const one = Float64Array.from(leaves);
    const count = Math.max(1, samples.length);
    let loss = 0;
    for (let k = 0; k < count; k++) {
      if (samples.length) one.set(samples[k]);
      const numbers = this.run(one);
      const value = this.value(this.result.value, numbers);
      loss = k ? loss + value : value;
      this.trained.forEach((q, i) => {
        const slope = this.value(q.gradient, numbers);
        slopes[i] = k ? slopes[i] + slope : slope;
      });
    }
    if (count > 1) {
      loss /= count;
      slopes.forEach((x, i) => { slopes[i] = x / count; });
    }
    return { loss, slopes };
  }
}
