import Foundation

/// Names of output files: whatever a row holds, a name stays inside the output directory and can be written anywhere.
package enum OutputNaming {
    /// The longest part of a path, in bytes. File systems allow 255; numbers, extensions and the mark of a partial file
    /// need the rest.
    package static let longestComponent = 180

    // MARK: - Safe names

    /// The name of an item: the template's own text may make folders, a placeholder's value never does.
    package static func name(_ template: Template, in scope: RenderScope) throws(RenderError) -> String {
        var text = ""
        for segment in template.segments {
            switch segment {
            case .text(let literal): text += literal
            case .placeholder(let placeholder): text += withoutSeparators(try placeholder.text(in: scope))
            }
        }
        let components = PathName.components(of: text, omittingEmpty: false)
        return components.enumerated().map { index, component in
            safeComponent(component, isFolder: index < components.count - 1)
        }.joined(separator: "/")
    }

    /// A text as one part of a path.
    package static func component(_ text: String) -> String {
        if isSafe(text) { return text }
        return safeComponent(withoutSeparators(text), isFolder: false)
    }

    /// Whether a text is a name as it is: most keys are digests, and those need no second look.
    private static func isSafe(_ text: String) -> Bool {
        let count = text.utf8.count
        // Names of devices are shorter than this.
        guard count > 6, count <= longestComponent else { return false }
        return text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
    }

    /// What is wrong with the text that a manifest itself writes in `outputs.name`.
    static func mistake(in template: Template) -> String? {
        var text = ""
        for segment in template.segments {
            switch segment {
            case .text(let literal): text += literal
            // A value is never empty or a dot when it is put in.
            case .placeholder: text += "x"
            }
        }
        if PathName.isAbsolute(text) { return "is an absolute path" }
        for part in PathName.components(of: text, omittingEmpty: false) {
            if part.isEmpty { return "has an empty part between slashes" }
            if part == "." || part == ".." { return "has the part '\(part)'" }
        }
        return nil
    }

    /// Replaces what separates paths, what terminals and other systems cannot take, and what cannot be seen.
    private static func withoutSeparators(_ text: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "/", "\\", ":", "*", "?", "\"", "<", ">", "|": safe.append("_")
            // Most names are plain, and the table of properties is slow.
            case " "..."~": safe.append(scalar)
            default:
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator, .surrogate: safe.append("_")
                // Marks that turn the direction of text can make a name look like another.
                case .format where scalar.value != 0x200C && scalar.value != 0x200D: safe.append("_")
                default: safe.append(scalar)
                }
            }
        }
        return String(safe)
    }

    private static func safeComponent(_ text: String, isFolder: Bool) -> String {
        var scalars = Array(text.unicodeScalars)
        for index in scalars.indices {
            guard scalars[index] == "." || scalars[index] == " " else { break }
            scalars[index] = "_"
        }
        if isFolder {
            for index in scalars.indices.reversed() {
                guard scalars[index] == "." || scalars[index] == " " else { break }
                scalars[index] = "_"
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        var name = String(view)
        if name.isEmpty { return "_" }
        if isReserved(name) { name = "_" + name }
        return name.utf8.count > longestComponent ? shortened(name) : name
    }

    /// Names that some systems keep for devices.
    private static func isReserved(_ name: String) -> Bool {
        let stem = String(name.unicodeScalars.prefix { $0 != "." }).uppercased()
        if ["CON", "PRN", "AUX", "NUL"].contains(stem) { return true }
        guard stem.utf8.count == 4, stem.hasPrefix("COM") || stem.hasPrefix("LPT") else { return false }
        return stem.last.map { ("1"..."9").contains($0) } ?? false
    }

    /// The start of a long name with a digest of the whole, so that long names with one start stay apart.
    private static func shortened(_ name: String) -> String {
        let mark = "-" + ContentDigest.sha256(name.utf8).prefix(12)
        var kept = ""
        for character in name {
            guard kept.utf8.count + character.utf8.count + mark.utf8.count <= longestComponent else { break }
            kept.append(character)
        }
        return kept + mark
    }

    // MARK: - File names

    /// The file of one output: `name.ext`, or `name.0.ext`, `name.1.ext` … if there are several.
    package static func fileName(_ name: String, index: Int, count: Int, extension fileExtension: String) -> String {
        let number = count > 1 ? ".\(index)" : ""
        let safe = safeExtension(fileExtension)
        return name + number + (safe.isEmpty ? "" : ".\(safe)")
    }

    /// An extension of letters and digits, at most twelve; anything else is left out, because it came from outside.
    private static func safeExtension(_ text: String) -> String {
        let trimmed = text.hasPrefix(".") ? text.dropFirst() : text[...]
        let isSafe =
            trimmed.utf8.count <= 12
            && trimmed.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) }
        return isSafe ? trimmed.lowercased() : ""
    }

    /// The path of a file that turned out to be of another type: its last extension is the one it was given here.
    package static func path(_ path: String, withExtension fileExtension: String) -> String {
        let safe = safeExtension(fileExtension)
        guard !safe.isEmpty else { return path }
        return "\(withoutExtension(path)).\(safe)"
    }

    /// Whether two paths of files are the same but for what their content has turned out to be.
    package static func differInExtensionOnly(_ path: String, _ other: String) -> Bool {
        withoutExtension(path).utf8.elementsEqual(withoutExtension(other).utf8)
    }

    private static func withoutExtension(_ path: String) -> String {
        let name = PathName.baseName(of: path)
        return String(decoding: path.utf8.dropLast(name.utf8.count), as: UTF8.self) + PathName.stem(of: name)
    }

    /// Another path beside one that is taken: `folder/name-2.ext`.
    package static func alternative(to path: String, ordinal: Int) -> String {
        let name = PathName.baseName(of: path)
        let folder = String(decoding: path.utf8.dropLast(name.utf8.count), as: UTF8.self)
        let fileExtension = PathName.fileExtension(of: name)
        let ending = fileExtension.isEmpty ? "" : ".\(fileExtension)"
        return "\(folder)\(PathName.stem(of: name))-\(ordinal)\(ending)"
    }

    /// The folder of results that others have taken the place of.
    package static let previousFolder = "previous"

    /// Where a file goes whose name another one gets: `previous/folder/name-1.ext`.
    /// - Parameter number: counts the files that have had the name.
    package static func previous(_ path: String, number: Int) -> String {
        "\(previousFolder)/\(alternative(to: path, ordinal: number))"
    }

    /// The folder of results that were not accepted.
    package static let rejectedFolder = "rejected"

    /// Where a file goes that was not accepted: `rejected/folder/name-2.ext`.
    /// - Parameter attempt: the attempt that it is of, or a later number if that is taken.
    package static func rejected(_ path: String, attempt: Int) -> String {
        "\(rejectedFolder)/\(alternative(to: path, ordinal: attempt))"
    }

    /// The items' output names that a file in the output directory may have been made for, without its extension, its
    /// number among several outputs, and what tells it from a file that was there before.
    package static func itemNames(ofFile path: String) -> [String] {
        let name = PathName.baseName(of: path)
        let folder = String(decoding: path.utf8.dropLast(name.utf8.count), as: UTF8.self)
        var names = [name]
        func add(_ other: String) {
            if !other.isEmpty, !names.contains(other) { names.append(other) }
        }
        add(PathName.stem(of: name))
        for mark in ["-", "."] {
            for known in names { add(withoutNumber(known, after: mark)) }
        }
        return names.map { folder + $0 }
    }

    private static func withoutNumber(_ name: String, after mark: String) -> String {
        let digits = name.utf8.reversed().prefix { (0x30...0x39).contains($0) }.count
        let rest = name.utf8.dropLast(digits)
        guard digits > 0, let last = rest.last, [last] == Array(mark.utf8) else { return name }
        return String(decoding: rest.dropLast(), as: UTF8.self)
    }

    // MARK: - Collisions

    /// The form that two names share if some file system would take them for one: upper and lower case and the ways
    /// to write an accent do not count.
    package static func fold(_ path: String) -> String {
        if path.utf8.allSatisfy({ $0 < 0x80 }) { return path.lowercased() }
        // Twice, because some letters have more forms in upper case than in lower.
        return path.precomposedStringWithCompatibilityMapping.uppercased().lowercased()
            .precomposedStringWithCompatibilityMapping
    }
}

extension OutputNaming {
    /// The path of one item's file, under the output name of another item.
    package static func renamed(_ path: String, from name: String, to other: String) -> String {
        if path.utf8.starts(with: name.utf8) {
            return other + String(decoding: path.utf8.dropFirst(name.utf8.count), as: UTF8.self)
        }
        // The file has moved out of the way of another one, and its name is no longer the item's.
        let fileExtension = PathName.fileExtension(of: PathName.baseName(of: path))
        return fileExtension.isEmpty ? other : "\(other).\(fileExtension)"
    }
}
