import Foundation
import NightshiftCore

/// The last line of what a program has said.
struct LastWords {
    let text: String

    init?(ofFile path: String) {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > 8192 ? size - 8192 : 0)
        let data = (try? handle.readToEnd()) ?? Data()
        let lines = String(decoding: data, as: UTF8.self).unicodeScalars.split { $0 == "\n" || $0 == "\r" }
        guard let last = lines.last(where: { $0.contains { !$0.properties.isWhitespace } }) else { return nil }
        var line = String.UnicodeScalarView()
        line.append(contentsOf: last.prefix(500))
        text = VisibleText.of(String(line).trimmingCharacters(in: .whitespaces))
    }
}
