// Sets the chosen theme before anything is painted. A classic script, because modules run too late for that.
(() => {
	try {
		const chosen = localStorage.getItem("nightshift.theme");
		if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
	} catch {
		// Without storage the system's theme is used.
	}
})();
