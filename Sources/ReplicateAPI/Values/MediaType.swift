/// File extensions and the media types they stand for; only what models take and make.
package enum MediaType {
    private static let byExtension: [String: String] = [
        "aac": "audio/aac", "aif": "audio/aiff", "aiff": "audio/aiff", "avi": "video/x-msvideo",
        "avif": "image/avif", "bin": "application/octet-stream", "bmp": "image/bmp", "csv": "text/csv",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "epub": "application/epub+zip", "exr": "image/x-exr", "flac": "audio/flac", "gif": "image/gif",
        "glb": "model/gltf-binary", "gltf": "model/gltf+json", "gz": "application/gzip", "heic": "image/heic",
        "html": "text/html", "ico": "image/x-icon", "jpeg": "image/jpeg", "jpg": "image/jpeg",
        "json": "application/json", "jsonl": "application/jsonl", "m4a": "audio/mp4", "md": "text/markdown",
        "mid": "audio/midi", "mkv": "video/x-matroska", "mov": "video/quicktime", "mp3": "audio/mpeg",
        "mp4": "video/mp4", "mpeg": "video/mpeg", "npy": "application/x-npy", "obj": "model/obj",
        "ogg": "audio/ogg", "opus": "audio/opus", "pdf": "application/pdf", "ply": "model/ply",
        "png": "image/png", "pt": "application/octet-stream", "safetensors": "application/octet-stream",
        "srt": "application/x-subrip", "stl": "model/stl", "svg": "image/svg+xml", "tar": "application/x-tar",
        "tif": "image/tiff", "tiff": "image/tiff", "tsv": "text/tab-separated-values", "txt": "text/plain",
        "usdz": "model/vnd.usdz+zip", "vtt": "text/vtt", "wav": "audio/wav", "webm": "video/webm",
        "webp": "image/webp", "xml": "application/xml", "yaml": "application/yaml", "zip": "application/zip",
    ]

    /// The extension to write for a type; where several stand for one, the usual one.
    private static let toExtension: [String: String] = {
        var extensions = Dictionary(
            byExtension.sorted { $0.key < $1.key }.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        extensions["image/jpeg"] = "jpg"
        extensions["image/tiff"] = "tiff"
        extensions["audio/aiff"] = "aiff"
        extensions["audio/x-wav"] = "wav"
        extensions["audio/wave"] = "wav"
        extensions["audio/mp3"] = "mp3"
        extensions["application/octet-stream"] = "bin"
        let otherNames = [
            "image/jpg": "jpg", "image/pjpeg": "jpg", "image/x-png": "png", "image/svg": "svg", "image/heif": "heic",
            "audio/x-flac": "flac", "audio/x-m4a": "m4a", "audio/vnd.wave": "wav", "audio/x-mp3": "mp3",
            "audio/x-aiff": "aiff", "audio/midi": "mid", "video/x-m4v": "mp4", "video/avi": "avi",
            "application/x-gzip": "gz", "application/x-zip-compressed": "zip", "application/x-tar": "tar",
            "text/xml": "xml", "text/x-markdown": "md", "application/x-yaml": "yaml", "text/yaml": "yaml",
            "application/x-ndjson": "jsonl", "application/geo+json": "json", "application/problem+json": "json",
        ]
        extensions.merge(otherNames) { _, new in new }
        return extensions
    }()

    package static let unknown = "application/octet-stream"

    /// The media type of a file by its name.
    package static func ofFile(named name: String) -> String {
        fileExtension(ofFile: name).flatMap { byExtension[$0] } ?? unknown
    }

    /// The extension for a media type, parameters and case aside.
    package static func fileExtension(for mediaType: String) -> String? {
        toExtension[withoutParameters(mediaType)]
    }

    /// The media type of a `Content-Type` header without its parameters, in lower case.
    package static func withoutParameters(_ contentType: String) -> String {
        let type = contentType.prefix { $0 != ";" }
        return type.filter { $0 != " " }.lowercased()
    }

    /// The extension of a file name in lower case, if it looks like one.
    package static func fileExtension(ofFile name: String) -> String? {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        let text = name[name.index(after: dot)...]
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard isPlain, (1...12).contains(text.utf8.count) else { return nil }
        return text.lowercased()
    }
}
