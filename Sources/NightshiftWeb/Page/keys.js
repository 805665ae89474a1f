// Keyboard: maps of keys, the newest first. A modal map hides the older ones.

/** @typedef {Object<string, (event: KeyboardEvent) => void | boolean>} KeyMap A handler that returns false has not used the key. */

/** @type {{map: KeyMap, isModal: boolean}[]} */
const scopes = [];

/**
 * @param {KeyMap} map
 * @param {{isModal?: boolean}} [options]
 * @returns {() => void} Takes the map away.
 */
export function addKeys(map, { isModal = false } = {}) {
  const scope = { map, isModal };
  scopes.push(scope);
  return () => {
    const index = scopes.indexOf(scope);
    if (index >= 0) scopes.splice(index, 1);
  };
}

/** @param {KeyboardEvent} event Whether the focused element needs the key itself. */
function belongsToElement(event) {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input:not([type=range]):not([type=checkbox]), textarea, select")) return event.key !== "Escape" || target.matches("select");
  if (target.matches("input[type=range], audio, video")) return event.key.startsWith("Arrow") || event.key === " ";
  return (event.key === "Enter" || event.key === " ") && target.closest("button, a, summary, label") !== null;
}

document.addEventListener("keydown", event => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || belongsToElement(event)) return;
  for (const { map, isModal } of [...scopes].reverse()) {
    const action = map[event.key];
    if (action && action(event) !== false) {
      event.preventDefault();
      return;
    }
    if (isModal) return;
  }
});
