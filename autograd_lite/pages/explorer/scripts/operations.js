// The operations of a program, as JavaScript: the primitives, and those whose definition would take longer,
// or would lose digits or the sign of a zero on the way.
//
// Values are those of the engine: infinities where a division or a logarithm has its pole, NaN outside the domain, a
// NaN never hidden, signed zeros kept. Where JavaScript's Math differs, what is meant is written out.

/** @typedef {(a: number, b: number) => number} Operation */

/** The leading half of the digits (Veltkamp 1968). @param {number} x */
function high(x) {
  const c = 134217729 * x;
  return c - (c - x);
}

/**
 * A power near 1 to a huge exponent, where V8's Math.pow is off by hundreds of units in the last place: exp(b * log(a))
 * with log(1 + t) as a series, and the product b * t exact in two numbers (Dekker 1971).
 * @type {Operation}
 */
function powerNearOne(a, b) {
  const t = Math.abs(a) - 1;
  const p = b * t;
  const [bh, th] = [high(b), high(t)];
  const lost = bh * th - p + bh * (t - th) + (b - bh) * th + (b - bh) * (t - th);
  const rest = lost - p * t * (1 / 2 - t * (1 / 3 - t / 4));
  const near = Math.max(-708, Math.min(708, p)); // exp(near) is a normal float
  const y = Math.exp(near);
  const size = (y + y * Math.expm1(rest)) * Math.exp(p - near);
  return a > 0 || b % 2 === 0 ? size : Math.abs(b % 2) === 1 ? -size : NaN;
}

/**
 * 0 to a NaN exponent is 1 in C, and so is 1 to it; here a NaN shows. JavaScript has NaN for (-1)**Infinity, C has 1.
 * @type {Operation}
 */
function power(a, b) {
  if (b === 2) return a * a; // rounded once
  if (b !== b) return NaN;
  const [size, away] = [Math.abs(b), Math.abs(Math.abs(a) - 1)];
  if (away === 0 && size === Infinity) return 1;
  if (size > 2 ** 31 && away > 0 && away < 2 ** -20 && size * away < 1000) return powerNearOne(a, b);
  return Math.pow(a, b);
}

/** A normal float, which has lost no digits. @param {number} x */
const ordinary = (x) => x > 2.3e-308 && x < 1.7e308;

/**
 * b * a**(b - 1), 0 where b is 0. Where the power over- or underflows and the product does not, the power is that of
 * half the exponent, twice; what is lost when b - 1 is rounded is made up for (Dekker 1971).
 * @type {Operation}
 */
function powerSlope(a, b) {
  if (b === 0) return 0;
  if (b === 2) return 2 * a;
  const c = b - 1;
  const lost = Math.abs(b) >= 1 ? b - c - 1 : b - (c + 1);
  const p = power(a, c);
  if (p !== p || a === 0 || Math.abs(a) === Infinity || Math.abs(b) === Infinity) {
    return p !== 0 || Math.abs(b) !== Infinity ? b * p : p * Math.sign(b); // a power vanishes faster than b grows
  }
  const sign = (a < 0 && b % 2 === 0) !== b < 0 ? -1 : 1; // not from p: b - 1 may be rounded to an even number
  const more = lost === 0 ? 1 : Math.exp(lost * Math.log(Math.abs(a)));
  if (ordinary(Math.abs(p))) return sign * Math.abs(b) * (Math.abs(p) * more);
  const half = power(Math.abs(a), c / 2);
  return sign * (half === 0 || half === Infinity ? half : Math.abs(b) * half * (half * more));
}

/**
 * a**b * log(a), 0 where a is 0 and b is not negative; halves of the exponent as above.
 * @type {Operation}
 */
function powerLog(a, b) {
  const y = power(a, b);
  if (ordinary(y) && a > 0) return y * Math.log(a);
  if (a === 0) return b >= 0 ? 0 : b < 0 ? -Infinity : NaN;
  if (!(a > 0) || b !== b) return NaN;
  if (a === Infinity || Math.abs(b) === Infinity) return y !== 0 ? y * Math.log(a) : 0;
  const half = power(a, b / 2);
  return half === 0 ? 0 : half * (half * Math.log(a));
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
 * The largest whole number that is not above a / b, from the remainder, since a / b may be rounded up to a whole
 * number.
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
  leaky_relu: (x, slope) => (x > 0 && slope === slope ? x : slope * x),
  xlogy: (x, y) => (x === 0 && y === y ? 0 : x * Math.log(y)),
  xlog1py: (x, y) => (x === 0 && y === y ? 0 : x * Math.log1p(y)),
  pow_slope: powerSlope,
  pow_log: powerLog,
};
