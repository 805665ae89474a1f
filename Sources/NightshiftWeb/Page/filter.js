// The filter language: terms separated by spaces, all must hold. Here terms are taken apart, changed and, in a report, evaluated.

/** @import { Item } from "./types.js" */

/** @typedef {{raw: string, isNegated: boolean, column: string, operator: string, values: string[], rawColumn: string, rawValues: string[]}} Term `operator` is empty for words. */

const TERM = /^("(?:[^"\\]|\\.)*"|[^\s"=!<>~]+)(!=|>=|<=|=|>|<|~)([^]*)$/;
const NUMBERS = ["attempts", "waiting", "running", "download", "duration", "predict_time", "cost", "rating", "position", "version"];

/** @param {string} text */
const unquoted = text => (text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text);

/** @param {string} text @param {(character: string) => boolean} isSeparator Splits where no quotation marks are open. */
function splitOutsideQuotes(text, isSeparator) {
  const parts = [""];
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && isSeparator(character)) parts.push("");
    else parts[parts.length - 1] += isQuoted && character === "\\" ? character + (text[++at] ?? "") : character;
  }
  return parts;
}

/** @param {string} raw @returns {Term} */
function parseTerm(raw) {
  const isNegated = raw.length > 1 && raw.startsWith("-");
  const body = isNegated ? raw.slice(1) : raw;
  const match = TERM.exec(body);
  if (!match) return { raw, isNegated, column: "", operator: "", values: [unquoted(body)], rawColumn: "", rawValues: [body] };
  const rawValues = match[2] === "=" || match[2] === "!=" ? splitOutsideQuotes(match[3], character => character === ",") : [match[3]];
  return { raw, isNegated, column: unquoted(match[1]), operator: match[2], values: rawValues.map(unquoted), rawColumn: match[1], rawValues };
}

/** @param {string} filter @returns {Term[]} */
export const parseFilter = filter => splitOutsideQuotes(filter, character => /\s/.test(character)).filter(Boolean).map(parseTerm);

/** @param {any} value */
export function quoteValue(value) {
  const text = String(value);
  return /^[\p{L}\p{N}_.:/-]+$/u.test(text) ? text : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** @param {string} filter @param {string} raw */
export const withoutTerm = (filter, raw) => parseFilter(filter).map(term => term.raw).filter(it => it !== raw).join(" ");

/** @param {string} filter @param {string} raw */
export const withTerm = (filter, raw) => [...parseFilter(filter).map(term => term.raw).filter(it => it !== raw), raw].join(" ");

/** @param {Term} term @param {string} column */
const isChoice = (term, column) => term.operator === "=" && !term.isNegated && (term.column === column || (term.column === "failure_class" && column === "class"));

/** @param {string} filter @param {string} column The values that `column=…` lets through; empty: all. */
export const chosenValues = (filter, column) => parseFilter(filter).filter(term => isChoice(term, column)).flatMap(term => term.values);

/**
 * The filter with a value of a column chosen, or no longer chosen.
 * @param {string} filter
 * @param {string} query The term that the server gives for this value.
 */
export function toggleValue(filter, query) {
  const [wanted] = parseFilter(query);
  if (!wanted || wanted.operator !== "=") return withTerm(filter, query);
  const terms = parseFilter(filter);
  const present = terms.find(term => isChoice(term, wanted.column));
  if (!present) return [...terms.map(term => term.raw), query].join(" ");
  const isChosen = present.values.includes(wanted.values[0]);
  const values = isChosen ? present.rawValues.filter((_, index) => present.values[index] !== wanted.values[0]) : [...present.rawValues, ...wanted.rawValues];
  return terms.map(term => (term !== present ? term.raw : values.length ? `${present.rawColumn}=${values.join(",")}` : "")).filter(Boolean).join(" ");
}

/** @param {Item} item @param {string} column @returns {any} */
export function valueOf(item, column) {
  const own = /^(?:row|matrix)\.(.*)$/s.exec(column);
  if (own) return item.values[own[1]];
  if (column === "class") return item.failure_class;
  if (column === "tag") return item.tags;
  if (column === "reason") return item.failure;
  if (column === "media") return item.outputs.map(output => output.media_type.split(";")[0]);
  if (Object.hasOwn(item, column) && column !== "values" && column !== "outputs") return /** @type {any} */ (item)[column];
  return item.values[column];
}

/** @param {any} value @param {string} wanted */
const equals = (value, wanted) => (value === null || value === undefined ? wanted === "none" : String(value) === wanted);

/** @param {Term} term @returns {(item: Item) => boolean} */
function testOf({ operator, column, values }) {
  const [wanted] = values;
  const lower = wanted.toLowerCase();
  const contains = value => value !== null && value !== undefined && (typeof value === "object" ? JSON.stringify(value) : String(value)).toLowerCase().includes(lower);
  if (!operator) return item => contains(item.name) || contains(item.text) || Object.values(item.values).some(contains);
  if (operator === "~") return item => contains(valueOf(item, column));
  if (operator === "=" || operator === "!=") {
    return item => {
      const value = valueOf(item, column);
      const every = Array.isArray(value) ? (value.length ? value : [null]) : [value];
      return every.some(it => values.some(one => equals(it, one))) === (operator === "=");
    };
  }
  const limit = column.endsWith("_at") ? Date.parse(wanted) : Number(wanted);
  if (Number.isNaN(limit)) throw new Error(`${wanted} cannot be compared with ${column}.`);
  return item => {
    const value = valueOf(item, column);
    if (value === null || value === undefined || value === "") return false;
    const number = Number(value);
    if (operator === ">") return number > limit;
    if (operator === "<") return number < limit;
    return operator === ">=" ? number >= limit : number <= limit;
  };
}

/** @param {string} filter @returns {(item: Item) => boolean} */
export function compileFilter(filter) {
  const tests = parseFilter(filter).map(term => {
    const test = testOf(term);
    return term.isNegated ? (/** @type {Item} */ item) => !test(item) : test;
  });
  return item => tests.every(test => test(item));
}

/** @param {string} sort @returns {(a: Item, b: Item) => number} What is unknown comes last. */
export function comparison(sort) {
  const isDescending = sort.startsWith("-");
  const column = isDescending ? sort.slice(1) : sort;
  const isNumeric = NUMBERS.includes(column) || column.endsWith("_at");
  return (a, b) => {
    const left = valueOf(a, column);
    const right = valueOf(b, column);
    const leftIsUnknown = left === null || left === undefined;
    if (leftIsUnknown || right === null || right === undefined) return Number(leftIsUnknown) - Number(right === null || right === undefined) || a.position - b.position;
    const order = isNumeric || (typeof left === "number" && typeof right === "number") ? left - right : String(left).localeCompare(String(right), "en", { numeric: true });
    return (isDescending ? -order : order) || a.position - b.position;
  };
}
