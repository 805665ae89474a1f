import ReplicateAPI

/// What a file is by its own first bytes, whatever a name or a header calls it.
package struct ContentKind: Hashable, Sendable {
    package var mediaType: String
    /// The usual extension, without the dot.
    package var fileExtension: String
    /// Extensions of more special formats that begin in the same way, such as a document's that is a zip archive.
    var alsoNamed: Set<String>
    /// Whether it is text or markup, which no picture, sound or archive is.
    package var isText: Bool

    private init(_ mediaType: String, _ fileExtension: String, also: Set<String> = [], isText: Bool = false) {
        self.mediaType = mediaType
        self.fileExtension = fileExtension
        alsoNamed = also
        self.isText = isText
    }

    /// How many bytes are worth looking at.
    package static let headLength = 4096

    package static let html = ContentKind("text/html", "html", also: ["htm", "xhtml"], isText: true)
    static let svg = ContentKind("image/svg+xml", "svg", isText: true)
    static let xml = ContentKind("application/xml", "xml", isText: true)
    static let json = ContentKind("application/json", "json", isText: true)
    static let text = ContentKind("text/plain", "txt", isText: true)

    /// Looks at the first bytes of a file: up to ``headLength``, or all of it.
    /// - Returns: `nil` for what is no text and not in the table.
    package init?(ofHead head: [UInt8]) {
        let bytes = Head(bytes: head)
        guard let kind = Self.signed(bytes) ?? Self.container(bytes) ?? Self.audio(bytes) ?? Self.textual(bytes) else {
            return nil
        }
        self = kind
    }

    // MARK: - Signatures

    private struct Signature {
        var offset = 0
        var bytes: [UInt8]
        var kind: ContentKind

        init(_ text: String, at offset: Int = 0, _ kind: ContentKind) {
            self.init(Array(text.utf8), at: offset, kind)
        }

        init(_ bytes: [UInt8], at offset: Int = 0, _ kind: ContentKind) {
            self.offset = offset
            self.bytes = bytes
            self.kind = kind
        }
    }

    private static let archives: Set<String> = [
        "3mf", "apk", "cbz", "ckpt", "docx", "epub", "jar", "kmz", "keras", "npz", "odp", "ods", "odt", "pptx", "pt",
        "pth",
        "usdz", "whl", "xlsx",
    ]

    private static let signatures: [Signature] = [
        Signature([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], ContentKind("image/png", "png", also: ["apng"])),
        Signature([0xFF, 0xD8, 0xFF], ContentKind("image/jpeg", "jpg", also: ["jpeg", "jpe", "jfif"])),
        Signature("GIF87a", ContentKind("image/gif", "gif")),
        Signature("GIF89a", ContentKind("image/gif", "gif")),
        Signature([0x49, 0x49, 0x2A, 0x00], ContentKind("image/tiff", "tiff", also: tiffs)),
        Signature([0x4D, 0x4D, 0x00, 0x2A], ContentKind("image/tiff", "tiff", also: tiffs)),
        Signature([0x76, 0x2F, 0x31, 0x01], ContentKind("image/x-exr", "exr")),
        Signature("8BPS", ContentKind("image/vnd.adobe.photoshop", "psd")),
        Signature([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A], ContentKind("image/jxl", "jxl")),
        Signature("%PDF-", ContentKind("application/pdf", "pdf", also: ["ai"])),
        Signature([0x50, 0x4B, 0x03, 0x04], ContentKind("application/zip", "zip", also: archives)),
        Signature([0x50, 0x4B, 0x05, 0x06], ContentKind("application/zip", "zip", also: archives)),
        Signature([0x1F, 0x8B, 0x08], ContentKind("application/gzip", "gz", also: ["tgz", "svgz", "vdb"])),
        Signature([0x28, 0xB5, 0x2F, 0xFD], ContentKind("application/zstd", "zst")),
        Signature([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], ContentKind("application/x-xz", "xz")),
        Signature([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], ContentKind("application/x-7z-compressed", "7z")),
        Signature("ustar", at: 257, ContentKind("application/x-tar", "tar")),
        Signature("glTF", ContentKind("model/gltf-binary", "glb", also: ["vrm"])),
        Signature("ply\n", ContentKind("model/ply", "ply")),
        Signature("ply\r\n", ContentKind("model/ply", "ply")),
        Signature("fLaC", ContentKind("audio/flac", "flac")),
        Signature("MThd", ContentKind("audio/midi", "mid", also: ["midi"])),
        Signature("ID3", ContentKind("audio/mpeg", "mp3", also: ["aac", "flac", "wav"])),
        Signature([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], ContentKind("application/x-npy", "npy")),
        Signature(
            [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], ContentKind("application/x-hdf5", "h5", also: ["hdf5"])),
        Signature("SQLite format 3\u{0}", ContentKind("application/vnd.sqlite3", "sqlite", also: ["db", "gpkg"])),
        Signature("PAR1", ContentKind("application/vnd.apache.parquet", "parquet")),
        Signature([0x00, 0x00, 0x01, 0xBA], ContentKind("video/mpeg", "mpeg", also: ["mpg", "vob"])),
        Signature([0x00, 0x00, 0x01, 0xB3], ContentKind("video/mpeg", "mpeg", also: ["mpg"])),
        Signature("FLV\u{1}", ContentKind("video/x-flv", "flv")),
    ]

    private static let tiffs: Set<String> = ["tif", "dng", "nef", "cr2", "arw"]

    private static func signed(_ head: Head) -> ContentKind? {
        signatures.first { head.has($0.bytes, at: $0.offset) }?.kind
    }

    // MARK: - Containers that say inside what they hold

    private static func container(_ head: Head) -> ContentKind? {
        if head.has("RIFF") {
            if head.has("WEBP", at: 8) { return ContentKind("image/webp", "webp") }
            if head.has("WAVE", at: 8) { return ContentKind("audio/wav", "wav") }
            if head.has("AVI ", at: 8) { return ContentKind("video/x-msvideo", "avi") }
        }
        if head.has("FORM"), head.has("AIFF", at: 8) || head.has("AIFC", at: 8) {
            return ContentKind("audio/aiff", "aiff", also: ["aif", "aifc"])
        }
        if head.has("ftyp", at: 4) { return baseMedia(brand: head.text(8..<12)) }
        if head.has([0x1A, 0x45, 0xDF, 0xA3]) {
            return head.contains("webm", within: 64)
                ? ContentKind("video/webm", "webm")
                : ContentKind("video/x-matroska", "mkv", also: ["mka", "mks", "mk3d"])
        }
        if head.has("OggS") {
            return ContentKind("audio/ogg", "ogg", also: ["oga", "ogv", "ogx", "opus", "spx"])
        }
        return bitmap(head)
    }

    /// The family of MP4, by the first brand that a file names.
    private static func baseMedia(brand: String) -> ContentKind {
        switch brand {
        case "avif", "avis": ContentKind("image/avif", "avif")
        case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
            ContentKind("image/heic", "heic", also: ["heif", "avif", "hif"])
        case "M4A ", "M4B ": ContentKind("audio/mp4", "m4a", also: ["m4b"])
        case "qt  ": ContentKind("video/quicktime", "mov")
        default: ContentKind("video/mp4", "mp4", also: ["m4v", "m4a", "m4b", "3gp", "3g2", "f4v"])
        }
    }

    /// Two letters are too few to go by, so the size of the header behind them must be one that exists.
    private static func bitmap(_ head: Head) -> ContentKind? {
        guard head.has("BM"), head.bytes.count > 18, head.has([0, 0, 0, 0], at: 6),
            [12, 40, 52, 56, 64, 108, 124].contains(head.bytes[14]), head.has([0, 0, 0], at: 15)
        else { return nil }
        return ContentKind("image/bmp", "bmp", also: ["dib"])
    }

    /// Sound without a header: frames that begin with eleven set bits and name a layer, a bit rate and a sampling rate.
    private static func audio(_ head: Head) -> ContentKind? {
        guard head.bytes.count > 3, head.bytes[0] == 0xFF, head.bytes[1] & 0xE0 == 0xE0 else { return nil }
        let (second, third) = (head.bytes[1], head.bytes[2])
        if second & 0xF6 == 0xF0 { return (third >> 2) & 0x0F < 13 ? ContentKind("audio/aac", "aac") : nil }
        let isFrame = second & 0x18 != 0x08 && second & 0x06 == 0x02 && third >> 4 != 0x0F && third >> 4 != 0
        guard isFrame, third & 0x0C != 0x0C else { return nil }
        return ContentKind("audio/mpeg", "mp3", also: ["mp2", "mpga"])
    }

    // MARK: - Text

    private static func textual(_ head: Head) -> ContentKind? {
        guard head.isText, !head.bytes.isEmpty else { return nil }
        let start = head.start
        if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") || start.hasPrefix("<head") { return html }
        if start.hasPrefix("<svg") { return svg }
        if start.hasPrefix("<?xml") || start.hasPrefix("<!--") || start.hasPrefix("<!doctype svg") {
            let lower = head.lowercased
            if lower.contains("<html") || lower.contains("<!doctype html") { return html }
            return lower.contains("<svg") ? svg : start.hasPrefix("<!--") ? text : xml
        }
        return looksLikeJSON(start) ? json : text
    }

    /// A brace is not enough: a text may begin with one.
    private static func looksLikeJSON(_ start: Substring.UnicodeScalarView) -> Bool {
        let inner = start.dropFirst().drop { $0.properties.isWhitespace }
        switch start.first {
        case "{": return inner.first == "\"" || inner.first == "}"
        case "[":
            // `[Verse 1]` is none, and neither is the footnote `[1]`.
            guard let first = inner.first else { return false }
            return first == "{" || first == "[" || first == "\""
        default: return false
        }
    }

    fileprivate struct Head {
        let bytes: [UInt8]

        func has(_ wanted: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + wanted.count && bytes[offset..<(offset + wanted.count)].elementsEqual(wanted)
        }

        func has(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }

        func text(_ range: Range<Int>) -> String {
            bytes.count >= range.upperBound ? String(decoding: bytes[range], as: UTF8.self) : ""
        }

        func contains(_ text: String, within count: Int) -> Bool {
            String(decoding: bytes.prefix(count).map { $0 < 0x80 ? $0 : 0x20 }, as: UTF8.self).contains(text)
        }

        /// Whether all of it is UTF-8 without what no text holds; the last character may be cut.
        var isText: Bool {
            let isClean = bytes.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) || $0 == 0x1B }
            guard isClean else { return false }
            let cut = bytes.suffix(3).lastIndex { $0 >= 0xC0 }
            let whole = bytes.count >= ContentKind.headLength ? cut.map { bytes[..<$0] } ?? bytes[...] : bytes[...]
            return String(validating: whole, as: UTF8.self) != nil
        }

        var lowercased: String { String(decoding: bytes, as: UTF8.self).lowercased() }

        /// From the first character that is to be seen, in lower case.
        var start: Substring.UnicodeScalarView {
            let text = Substring(String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased())
            return text.unicodeScalars.drop { $0.properties.isWhitespace || $0 == "\u{FEFF}" }
        }
    }
}

extension Substring.UnicodeScalarView {
    fileprivate func hasPrefix(_ prefix: String) -> Bool { starts(with: prefix.unicodeScalars) }
}
