import ReplicateAPI

/// What a stored output is, and the extension that its file gets: settled by its content first, then by what its server
/// calls it, then by its name.
package struct OutputType: Hashable, Sendable {
    package var mediaType: String
    /// Without the dot; never empty.
    package var fileExtension: String

    /// Why a file is not what it was announced as.
    package struct Mismatch: Error, Hashable, Sendable {
        /// Such as "a web page instead of image/png".
        package var reason: String
    }

    /// - Parameters:
    ///   - head: the file's first bytes, see ``ContentKind/headLength``; at least one.
    ///   - declared: the media type by the server or the data URI, without parameters.
    ///   - name: the last part of the file's address, or an empty text.
    /// - Throws: ``Mismatch`` if a picture, a sound or another binary file was announced and a text has come, which is
    ///   what error pages are.
    package init(head: [UInt8], declared: String?, name: String) throws(Mismatch) {
        let named = NamedType(name: name)
        let header = DeclaredType(declared)
        let content = ContentKind(ofHead: head)
        if let content, let mismatch = Self.mismatch(content, header, named) { throw mismatch }

        if let content, !content.isText {
            // A name may say more of a container than the container itself.
            let isSpecial = named.fileExtension.map { content.alsoNamed.contains($0) || $0 == content.fileExtension }
            if isSpecial == true, let fileExtension = named.fileExtension {
                let special = named.mediaType ?? content.mediaType
                self.init(
                    mediaType: content.fileExtension == fileExtension ? content.mediaType : special,
                    fileExtension: fileExtension)
            } else if content.isArchive, !named.saysNothing, named.mediaType == nil, let special = named.fileExtension {
                // An archive under a name that is not known here: the name knows what it is for.
                self.init(mediaType: content.mediaType, fileExtension: special)
            } else {
                self.init(mediaType: content.mediaType, fileExtension: content.fileExtension)
            }
        } else if let known = header.mediaType, !header.isGeneric || named.saysNothing,
            let fileExtension = MediaType.fileExtension(for: known)
        {
            let isSame =
                named.mediaType == known || named.mediaType.flatMap(MediaType.fileExtension(for:)) == fileExtension
            self.init(mediaType: known, fileExtension: isSame ? named.fileExtension ?? fileExtension : fileExtension)
        } else if let fileExtension = named.fileExtension, fileExtension != "bin" {
            self.init(
                mediaType: named.mediaType ?? header.mediaType ?? MediaType.unknown, fileExtension: fileExtension)
        } else if let content, named.fileExtension == nil {
            self.init(mediaType: header.mediaType ?? content.mediaType, fileExtension: content.fileExtension)
        } else {
            self.init(mediaType: header.mediaType ?? MediaType.unknown, fileExtension: named.fileExtension ?? "bin")
        }
    }

    private init(mediaType: String, fileExtension: String) {
        self.mediaType = mediaType
        self.fileExtension = fileExtension
    }

    private static func mismatch(
        _ content: ContentKind, _ header: DeclaredType, _ named: NamedType
    ) -> Mismatch? {
        guard content.isText else { return nil }
        if let named = named.mediaType, named.isBinaryMedia {
            return Mismatch(reason: "\(content.words) instead of \(named)")
        }
        if let declared = header.mediaType, declared.isBinaryMedia {
            return Mismatch(reason: "\(content.words) instead of \(declared)")
        }
        // A table that is a web page, and called one by its server, is an error page.
        if content == .html, header.mediaType == "text/html", let named = named.mediaType, named != "text/html" {
            return Mismatch(reason: "\(content.words) instead of \(named)")
        }
        return nil
    }
}

/// What a file's name says.
private struct NamedType {
    var fileExtension: String?
    /// `nil` for extensions that are not known, and for those that stand for anything.
    var mediaType: String?

    init(name: String) {
        fileExtension = MediaType.fileExtension(ofFile: name)
        let type = MediaType.ofFile(named: name)
        mediaType = type == MediaType.unknown ? nil : type
    }

    var saysNothing: Bool { fileExtension == nil || fileExtension == "bin" }
}

/// What a header, or the head of a data URI, says.
private struct DeclaredType {
    /// `nil` if it says nothing.
    var mediaType: String?

    /// Types that servers use for everything, and those of formats that more special ones are written in.
    private static let generic: Set<String> = [
        "text/plain", "application/json", "application/xml", "text/xml", "application/zip", "application/gzip",
        "application/x-gzip", "application/x-zip-compressed",
    ]
    private static let meaningless: Set<String> = [
        "", "application/octet-stream", "binary/octet-stream", "application/binary", "application/x-binary",
        "application/download", "application/x-download", "application/force-download", "application/unknown",
    ]

    init(_ declared: String?) {
        let type = declared.map(MediaType.withoutParameters) ?? ""
        mediaType = Self.meaningless.contains(type) || !type.utf8.contains(UInt8(ascii: "/")) ? nil : type
    }

    /// Whether a name with an extension says more.
    var isGeneric: Bool { mediaType.map(Self.generic.contains) ?? true }
}

extension String {
    /// Whether files of this media type are never text: pictures, sounds, films, archives and the like.
    fileprivate var isBinaryMedia: Bool {
        // Drawings and playlists that are written as text.
        if contains("xml") || contains("mpegurl") || hasPrefix("image/x-portable") || hasPrefix("image/x-xp") {
            return false
        }
        if hasPrefix("image/") || hasPrefix("audio/") || hasPrefix("video/") { return true }
        return [
            "application/pdf", "application/zip", "application/gzip", "application/x-gzip", "application/x-tar",
            "application/epub+zip", "application/msword", "application/x-npy", "model/gltf-binary",
            "model/vnd.usdz+zip", "application/x-zip-compressed",
        ].contains(self) || hasPrefix("application/vnd.ms-")
    }
}

extension ContentKind {
    /// For messages.
    fileprivate var words: String {
        switch self {
        case .html: "a web page (text/html)"
        case .text: "a text"
        default: "\(mediaType)"
        }
    }

    fileprivate var isArchive: Bool { ["zip", "gz", "tar", "zst", "xz"].contains(fileExtension) }
}
