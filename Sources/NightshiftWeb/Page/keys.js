// Keyboard: maps of keys, the newest first. A modal map hides the older ones.

/** @type {{map: KeyMap, isModal: boolean}[]} */
const scopes = [];

/** @param {KeyMap} map @param {boolean} [isModal] @returns {() => void} Takes the map away. */
export function addKeys(map, isModal = false) {
	const scope = { map, isModal };
	scopes.push(scope);
	return () => void scopes.splice(scopes.indexOf(scope), 1);
}

/** Whether the focused element needs the key itself. */
function belongsToElement({ target, key }) {
	if (!(target instanceof HTMLElement)) return false;
	if (target.matches("select")) return true;
	if (target.matches("input:not([type=range], [type=checkbox]), textarea")) return key !== "Escape";
	if (target.matches("input, audio, video, .timeline")) return key.startsWith("Arrow") || key === " ";
	return (key === "Enter" || key === " ") && target.closest("button, a, summary, label") !== null;
}

document.addEventListener("keydown", event => {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || belongsToElement(event)) return;
	for (const { map, isModal } of scopes.toReversed()) {
		if (map[event.key] && map[event.key](event) !== false) return event.preventDefault();
		if (isModal) return;
	}
});
