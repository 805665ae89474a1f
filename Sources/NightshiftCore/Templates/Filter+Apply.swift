import LosslessJSON

/// Why a filter cannot be used on a value.
struct FilterError: Error {
    var message: String
    var help: String?
}

extension Filter {
    /// The filtered value; null stays null.
    ///
    /// - Parameter arguments: checked by ``mistake(in:)``.
    func apply(to value: JSONValue, _ arguments: [JSONValue] = []) throws(FilterError) -> JSONValue {
        if value.isNull, self != .json { return .null }
        switch self {
        case .int: return try Filter.int(value)
        case .float: return try Filter.float(value)
        case .bool: return try Filter.bool(value)
        case .text: return .string(try Filter.text(value))
        case .json: return try Filter.json(value)
        case .lower: return .string(try Filter.text(value).lowercased())
        case .upper: return .string(try Filter.text(value).uppercased())
        case .trim: return .string(Filter.trim(try Filter.text(value)))
        case .slug: return .string(Filter.slug(try Filter.text(value)))
        case .stem: return .string(PathName.stem(of: PathName.baseName(of: try Filter.text(value))))
        case .basename: return .string(PathName.baseName(of: try Filter.text(value)))
        case .ext: return .string(PathName.fileExtension(of: PathName.baseName(of: try Filter.text(value))))
        case .replace: return .string(Filter.replace(try Filter.text(value), arguments))
        case .pad: return .string(Filter.pad(try Filter.text(value), arguments))
        case .hash: return .string(Filter.hash(value, arguments))
        case .nonempty: return value == "" ? .null : value
        case .default: return value
        }
    }

    private static func replace(_ text: String, _ arguments: [JSONValue]) -> String {
        guard arguments.count == 2, let old = arguments[0].stringValue, let new = arguments[1].stringValue else {
            return text
        }
        return text.replacingExactly(old, with: new)
    }

    private static func pad(_ text: String, _ arguments: [JSONValue]) -> String {
        let width = arguments.first?.intValue ?? 0
        let fill = arguments.count > 1 ? arguments[1].stringValue ?? "0" : "0"
        return String(repeating: fill, count: max(0, width - text.unicodeScalars.count)) + text
    }

    /// Of the text itself, or of a value's canonical JSON.
    private static func hash(_ value: JSONValue, _ arguments: [JSONValue]) -> String {
        let digest: String
        if let text = try? text(value) {
            digest = ContentDigest.sha256(text.utf8)
        } else {
            digest = ContentDigest.sha256(value.canonicalBytes())
        }
        return String(digest.prefix(arguments.first?.intValue ?? 16))
    }

    private static func text(_ value: JSONValue) throws(FilterError) -> String {
        switch value {
        case .string(let text): return text
        case .number(let number): return number.literal
        case .bool(let value): return value ? "true" : "false"
        case .null, .array, .object:
            throw FilterError(
                message: "expected text, found \(value.shortDescription)",
                help: "the filter json writes it as JSON text")
        }
    }

    private static func int(_ value: JSONValue) throws(FilterError) -> JSONValue {
        if case .number(let number) = value, number.isInteger { return value }
        if case .string(let text) = value {
            var digits = trim(text)[...]
            let isNegative = digits.first == "-"
            if isNegative || digits.first == "+" { digits = digits.dropFirst() }
            let isWhole = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            if isWhole {
                let significant = digits.drop { $0 == "0" }
                let literal = significant.isEmpty ? "0" : (isNegative ? "-" : "") + significant
                if let number = JSONNumber(literal: literal) { return .number(number) }
            }
        }
        throw FilterError(message: "expected a whole number, found \(value.shortDescription)")
    }

    private static func float(_ value: JSONValue) throws(FilterError) -> JSONValue {
        if case .number = value { return value }
        if case .string(let text) = value {
            let trimmed = trim(text)
            if let number = JSONNumber(literal: trimmed) ?? Double(trimmed).flatMap({ JSONNumber($0) }) {
                return .number(number)
            }
        }
        throw FilterError(message: "expected a number, found \(value.shortDescription)")
    }

    private static func bool(_ value: JSONValue) throws(FilterError) -> JSONValue {
        switch value {
        case .bool: return value
        case .number(JSONNumber(0)): return false
        case .number(JSONNumber(1)): return true
        case .string(let text):
            switch trim(text).lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default: break
            }
        case .null, .number, .array, .object: break
        }
        throw FilterError(
            message: "expected true or false, found \(value.shortDescription)",
            help: "true, yes, on, 1 and false, no, off, 0 are understood")
    }

    /// Text is read as JSON; anything else is written as JSON.
    private static func json(_ value: JSONValue) throws(FilterError) -> JSONValue {
        guard case .string(let text) = value else { return .string(value.jsonString()) }
        do {
            return try JSONValue(parsing: text)
        } catch {
            throw FilterError(message: "expected JSON, found \(value.shortDescription)", help: error.description)
        }
    }

    private static func trim(_ text: String) -> String {
        var rest = text.unicodeScalars[...]
        while let first = rest.first, first.properties.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest = rest.dropLast() }
        return String(rest)
    }

    /// Letters and digits of any language in lower case, all else as single hyphens.
    private static func slug(_ text: String) -> String {
        var slug = String.UnicodeScalarView()
        var isPending = false
        for scalar in text.lowercased().unicodeScalars {
            let isKept =
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || scalar.properties.generalCategory == .nonspacingMark
            if isKept {
                if isPending, !slug.isEmpty { slug.append("-") }
                isPending = false
                slug.append(scalar)
            } else {
                isPending = true
            }
        }
        return String(slug)
    }
}
