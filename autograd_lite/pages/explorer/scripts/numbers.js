// Numbers as the pictures write them.

const MINUS = "\u2212";

/**
 * The number with so many decimals; what lies exactly between two goes to the even one, as in Python.
 * @param {number} x
 * @param {number} places
 * @returns {string}
 */
export function fixed(x, places) {
  const text = x.toFixed(places);
  const exact = x.toFixed(Math.min(places + 26, 100));
  const rest = exact.slice(exact.length - (Math.min(places + 26, 100) - places));
  if (!/^50*$/.test(rest)) return text;
  const below = exact.slice(0, exact.length - rest.length);
  return Number(below[below.length - 1]) % 2 === 0 ? below : text;
}

/**
 * 4 decimals, small numbers with 3 significant digits, very small and very large ones with an exponent.
 * @param {number} x
 * @returns {string}
 */
export function shown(x) {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : `${MINUS}inf`;
  if (size === 0) return "0.0000";
  let text;
  if (size < 1e-5 || size >= 99999.95) {
    text = x.toExponential(size < 1 ? 2 : 3);
  } else {
    text = fixed(x, Math.max(4, 2 - Math.floor(Math.log10(size))));
  }
  return text.replaceAll("-", MINUS);
}

/** With a plus sign, as gradients have it. @param {number} x @returns {string} */
export function signed(x) {
  return (x > 0 ? "+" : "") + shown(x);
}

/** Within a formula: in brackets if it has a sign. @param {number} x @returns {string} */
export function bracketed(x) {
  return x < 0 ? `(${shown(x)})` : shown(x);
}

/** By the name that the markup has for a way to write. @type {Record<string, (x: number) => string>} */
export const WAYS = { value: shown, signed, bracket: bracketed, count: (x) => x.toLocaleString("en") };

/** With all digits. @param {number} x @returns {string} */
export function full(x) {
  return Object.is(x, -0) ? "-0.0" : Number.isNaN(x) ? "nan" : Number.isFinite(x) ? String(x) : x > 0 ? "inf" : "-inf";
}
