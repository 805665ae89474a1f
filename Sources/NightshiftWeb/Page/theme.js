// Sets the chosen theme before anything is painted. A classic script, because modules run too late for that.
try {
	document.documentElement.dataset.theme = localStorage.getItem("nightshift.theme") ?? "";
} catch {
	// Without storage the system's theme is used.
}
