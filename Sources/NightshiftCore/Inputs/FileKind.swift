/// What a file is that is no text, by its first bytes.
package struct FileKind: Hashable, Sendable {
    /// "a workbook of Excel".
    package let name: String
    /// How to make a table of it.
    package let help: String

    private static let asCSV =
        "in the program that wrote it, save or export the sheet as CSV (UTF-8), and name that file"

    /// `nil` for what may be text.
    ///
    /// - Parameter isUTF16: the text is known to be in UTF-16.
    package init?(_ bytes: some Collection<UInt8>, isUTF16: Bool = false) {
        func starts(_ signature: [UInt8]) -> Bool { bytes.starts(with: signature) }
        if starts([0x50, 0x4B, 0x03, 0x04]) || starts([0x50, 0x4B, 0x05, 0x06]) {
            // Names of files in the archive stand in its first bytes as they are.
            let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
            if head.containsExactly("opendocument.spreadsheet") {
                self.init(name: "a workbook (ods)", help: FileKind.asCSV)
            } else if head.containsExactly("Index/") || head.containsExactly(".iwa") {
                self.init(name: "a workbook of Numbers", help: FileKind.asCSV)
            } else if head.containsExactly("[Content_Types].xml") || head.containsExactly("xl/")
                || head.containsExactly("_rels/")
            {
                self.init(name: "a workbook of Excel (xlsx)", help: FileKind.asCSV)
            } else {
                self.init(name: "a zip archive, or a workbook", help: "unpack it; " + FileKind.asCSV)
            }
        } else if starts([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            self.init(name: "a workbook of Excel (xls)", help: FileKind.asCSV)
        } else if starts(Array("PAR1".utf8)) {
            self.init(
                name: "a Parquet file",
                help: "read it with: parquet: PATH")
        } else if starts(Array("SQLite format 3\0".utf8)) {
            self.init(name: "a database of SQLite", help: "read it with: sqlite: { file: PATH, query: \"SELECT …\" }")
        } else if starts([0x28, 0xB5, 0x2F, 0xFD]) {
            self.init(name: "compressed by zstd", help: "unpack it with: zstd -d FILE")
        } else if starts([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
            self.init(name: "compressed by xz", help: "unpack it with: xz -d FILE")
        } else if starts(Array("BZh".utf8)), bytes.dropFirst(4).starts(with: Array("1AY&SY".utf8)) {
            self.init(name: "compressed by bzip2", help: "unpack it with: bzip2 -d FILE")
        } else if !isUTF16, FileKind.isWideText(bytes) {
            self.init(
                name: "text in UTF-16 without the mark that says so",
                help: "write beside it in the manifest: encoding: utf-16")
        } else if starts(Array("%PDF-".utf8)) {
            self.init(name: "a PDF", help: FileKind.asCSV)
        } else if starts([0x89, 0x50, 0x4E, 0x47]) || starts([0xFF, 0xD8, 0xFF]) || starts(Array("GIF8".utf8)) {
            self.init(name: "a picture", help: "pictures become rows with: files: \"*.png\"")
        } else if FileKind.isHTML(bytes) {
            self.init(
                name: "a page of HTML", help: "the address or the download was that of a page, perhaps one to log in at"
            )
        } else {
            return nil
        }
    }

    private init(name: String, help: String) {
        self.name = name
        self.help = help
    }

    /// Whether every other byte is zero, as in UTF-16 that holds the letters of English.
    private static func isWideText(_ bytes: some Collection<UInt8>) -> Bool {
        let head = Array(bytes.prefix(64))
        guard head.count >= 8 else { return false }
        return head.enumerated().allSatisfy { ($0.offset % 2 == 1) == ($0.element == 0) }
    }

    private static func isHTML(_ bytes: some Collection<UInt8>) -> Bool {
        let head = String(decoding: bytes.prefix(512), as: UTF8.self).lowercased()
            .unicodeScalars.drop { $0.properties.isWhitespace || $0 == "\u{FEFF}" }
        return ["<!doctype html", "<html"].contains { String(head.prefix($0.utf8.count)).isExactly($0) }
    }
}
