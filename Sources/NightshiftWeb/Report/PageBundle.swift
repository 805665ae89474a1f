import Crypto
import Foundation

/// The page as one document: styles, scripts and modules inside, for files that are opened without a server.
///
/// Browsers load no modules from files, so all of them become one: in the order of their imports, without the words `import` and
/// `export`. Their names are told apart from each other, and their imports stand in lines of their own.
struct PageBundle {
    /// The document up to where its data go, and from there on.
    let head: String
    let tail: String

    private static let entry = "app.js"

    init() {
        let index = Self.text(PageAssets.index)
        let styles = Self.names(in: index, after: "href=\"/assets/").filter { $0.hasSuffix(".css") }
        let style = styles.map(Self.text).joined(separator: "\n")
        let theme = Self.text("theme.js")
        var modules: [String] = []
        var seen: Set<String> = []
        Self.collect(Self.entry, into: &modules, seen: &seen)
        let script = modules.map(Self.withoutImports).joined(separator: "\n").replacing("</script", with: "<\\/script")
        let icon = Data(PageAssets.asset("icon.svg")?.bytes ?? []).base64EncodedString()
        let body = index.firstRange(of: "<body>").map { String(index[$0.lowerBound...]) } ?? ""
        head = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <meta http-equiv="Content-Security-Policy" content="\(Self.policy(scripts: [theme, script], style: style))">
            <title>Nightshift</title>
            <link rel="icon" href="data:image/svg+xml;base64,\(icon)">
            <style>\(style)</style>
            <script>\(theme)</script>
            <script type="application/json" id="data">
            """
        tail = "</script>\n<script type=\"module\">\(script)</script>\n</head>\n" + body
    }

    /// The document runs what is in it and nothing else, whatever its data and outputs hold.
    private static func policy(scripts: [String], style: String) -> String {
        func hash(_ text: String) -> String {
            "'sha256-\(Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString())'"
        }
        return "default-src 'none'; script-src \(scripts.map(hash).joined(separator: " ")); style-src \(hash(style)); "
            + "img-src 'self' file: data:; media-src 'self' file: data:; connect-src 'self' file: data:; base-uri 'none'; "
            + "form-action 'none'"
    }

    private static func text(_ name: String) -> String {
        String(decoding: PageAssets.asset(name)?.bytes ?? [], as: UTF8.self)
    }

    /// The names between `mark` and the next quotation mark.
    private static func names(in text: String, after mark: String) -> [String] {
        text.ranges(of: mark).map { String(text[$0.upperBound...].prefix { $0 != "\"" }) }
    }

    private static func imports(_ module: String) -> [String] {
        text(module).split(separator: "\n").filter { $0.hasPrefix("import ") }
            .flatMap { names(in: String($0), after: "\"./") }
    }

    /// Adds a module after what it imports.
    private static func collect(_ module: String, into modules: inout [String], seen: inout Set<String>) {
        guard seen.insert(module).inserted else { return }
        for other in imports(module) { collect(other, into: &modules, seen: &seen) }
        modules.append(module)
    }

    private static func withoutImports(_ module: String) -> String {
        text(module).split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("import ") }
            .map { $0.hasPrefix("export ") ? $0.dropFirst("export ".count) : $0 }
            .joined(separator: "\n")
    }
}
