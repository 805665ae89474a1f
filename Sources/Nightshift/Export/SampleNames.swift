import LosslessJSON
import NightshiftCore

/// What the files of items are called in a WebDataset: `KEY.EXTENSION`, where a key ends at the first dot behind the last slash, and
/// files of one key that stand side by side are one sample.
struct SampleNames {
    /// Extensions of which some item has several files; these are numbered for all items, so that all samples have the same.
    let numbered: Set<String>
    private var taken: Set<SIMD2<UInt64>> = []

    /// The longest extension with its number and dots.
    private static let room = 24
    private static let longestExtension = 16
    private static let longestShortened = 56

    init(numbered: Set<String>) {
        self.numbered = numbered
    }

    /// The key of an item, which no other item has: its name, with other characters in the places of dots.
    mutating func key(of item: ExportItem) -> String {
        // By bytes: a dot with an accent on it is one letter to a string, and a dot to those who read the archive.
        let letters = item.name.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }
        var key = String(decoding: letters, as: UTF8.self)
        if !TarWriter.fits(key + String(repeating: "x", count: Self.room)) { key = Self.shortened(key) }
        guard !taken.insert(ContentDigest.half(of: key)).inserted else { return key }
        // Only names that differ in nothing but dots meet here.
        var count = 1
        while true {
            let other = Self.shortened(key, with: count == 1 ? item.key : "\(item.key) \(count)")
            if taken.insert(ContentDigest.half(of: other)).inserted { return other }
            count += 1
        }
    }

    /// A name that is short enough for every archive, and as good as certainly another one for each name.
    private static func shortened(_ name: String, with distinction: String? = nil) -> String {
        let digest = ContentDigest.sha256((distinction ?? name).utf8).prefix(16)
        let slash = name.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { name[..<$0] } ?? ""
        var base = slash.map { name[name.utf8.index(after: $0)...] } ?? name[...]
        while base.utf8.count > longestShortened { base = base.dropLast() }
        let short = "\(base)-\(digest)"
        let whole = folder.isEmpty ? short : "\(folder)/\(short)"
        return TarWriter.fits(whole + String(repeating: "x", count: room)) ? whole : short
    }

    /// The extensions of an item's files: `png`, or `0.png` and `1.png`.
    func extensions(of files: [ExportItem.File]) -> [String] {
        var counts: [String: Int] = [:]
        return files.map { file in
            let name = Self.fileExtension(of: file.path)
            // What is known of the item has the name `json` for itself.
            guard numbered.contains(name) || name == "json" else { return name }
            defer { counts[name, default: 0] += 1 }
            return "\(counts[name, default: 0]).\(name)"
        }
    }

    /// What stands behind the last dot of a file's name, in lower case.
    static func fileExtension(of path: String) -> String {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "bin" }
        let found = name[name.utf8.index(after: dot)...].lowercased()
        return found.isEmpty || found.utf8.count > longestExtension ? "bin" : found
    }
}
