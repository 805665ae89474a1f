// Keyboard: maps of keys, the newest first. A modal map hides the older ones.

/** @type {Set<{map: KeyMap, isModal: boolean}>} */
const scopes = new Set();

/** @param {KeyMap} map @param {boolean} [isModal] @returns {() => void} Takes the map away. */
export function addKeys(map, isModal = false) {
	const scope = { map, isModal };
	scopes.add(scope);
	return () => scopes.delete(scope);
}

/** Whether the focused element needs the key itself. */
function belongsToElement({ target, key }) {
	if (!(target instanceof HTMLElement)) return false;
	if (target.matches("select")) return true;
	if (target.matches("input:not([type=range], [type=checkbox]), textarea")) return key !== "Escape";
	if (target.matches("input, audio, video")) return key.startsWith("Arrow") || key === " ";
	return (key === "Enter" || key === " ") && target.closest("button, a, summary, label") !== null;
}

document.addEventListener("keydown", event => {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || belongsToElement(event)) return;
	for (const { map, isModal } of [...scopes].reverse()) {
		if (map[event.key] && map[event.key](event) !== false) return event.preventDefault();
		if (isModal) return;
	}
});
