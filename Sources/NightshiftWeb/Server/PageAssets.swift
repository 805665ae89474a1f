/// The files of the page, which are inside of the executable.
enum PageAssets {
    struct Asset: Sendable {
        var bytes: [UInt8]
        var mediaType: String
    }

    static let index = "index.html"

    /// - Returns: `nil` if the page has no such file.
    static func asset(_ name: String) -> Asset? {
        guard let bytes = files[name] else { return nil }
        let mediaType =
            switch name.split(separator: ".").last {
            case "html": "text/html; charset=utf-8"
            case "css": "text/css; charset=utf-8"
            case "js": "text/javascript; charset=utf-8"
            case "svg": "image/svg+xml"
            default: "application/octet-stream"
            }
        return Asset(bytes: bytes, mediaType: mediaType)
    }

    /// Every file of the folder `Page`, by its name; a test compares it with the folder.
    private static let files: [String: [UInt8]] = [
        "actions.js": PackageResources.actions_js,
        "app.js": PackageResources.app_js,
        "base.css": PackageResources.base_css,
        "charts.js": PackageResources.charts_js,
        "compare.js": PackageResources.compare_js,
        "controls.js": PackageResources.controls_js,
        "data.js": PackageResources.data_js,
        "dialogs.js": PackageResources.dialogs_js,
        "dom.js": PackageResources.dom_js,
        "embedded.js": PackageResources.embedded_js,
        "evaluate.js": PackageResources.evaluate_js,
        "filter.js": PackageResources.filter_js,
        "format.js": PackageResources.format_js,
        "gallery.css": PackageResources.gallery_css,
        "gallery.js": PackageResources.gallery_js,
        "grid.js": PackageResources.grid_js,
        "icon.svg": PackageResources.icon_svg,
        "index.html": PackageResources.index_html,
        "item-dialog.js": PackageResources.item_dialog_js,
        "item-list.js": PackageResources.item_list_js,
        "item-page.js": PackageResources.item_page_js,
        "item-panel.js": PackageResources.item_panel_js,
        "item-view.js": PackageResources.item_view_js,
        "item.css": PackageResources.item_css,
        "items-view.js": PackageResources.items_view_js,
        "keys.js": PackageResources.keys_js,
        "marks.js": PackageResources.marks_js,
        "matrix.js": PackageResources.matrix_js,
        "media.js": PackageResources.media_js,
        "overview.css": PackageResources.overview_css,
        "overview.js": PackageResources.overview_js,
        "query-bar.js": PackageResources.query_bar_js,
        "router.js": PackageResources.router_js,
        "shell.css": PackageResources.shell_css,
        "table.js": PackageResources.table_js,
        "theme.js": PackageResources.theme_js,
        "tile.js": PackageResources.tile_js,
    ]
}
