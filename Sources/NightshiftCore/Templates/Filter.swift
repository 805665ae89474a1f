import LosslessJSON

/// What can be done to a value inside a placeholder.
package enum Filter: String, CaseIterable, Hashable, Sendable {
    case int, float, bool, text, json, lower, upper, trim, slug, stem, basename, ext, replace, pad, hash, nonempty
    case `default`

    /// How many arguments it takes.
    package var argumentCount: ClosedRange<Int> {
        switch self {
        case .default: 1...1
        case .replace: 2...2
        case .pad: 1...2
        case .hash: 0...1
        case .int, .float, .bool, .text, .json, .lower, .upper, .trim, .slug, .stem, .basename, .ext, .nonempty: 0...0
        }
    }

    /// How it is written, for messages.
    package var form: String {
        switch self {
        case .default: "default('text')"
        case .replace: "replace('old', 'new')"
        case .pad: "pad(4) or pad(4, ' ')"
        case .hash: "hash or hash(8)"
        case .int, .float, .bool, .text, .json, .lower, .upper, .trim, .slug, .stem, .basename, .ext, .nonempty:
            rawValue
        }
    }

    /// What is wrong with its arguments, as a sentence's end: "'pad' …".
    func mistake(in arguments: [JSONValue]) -> String? {
        if !argumentCount.contains(arguments.count) {
            if argumentCount.upperBound == 0 { return "takes no argument" }
            if argumentCount == 1...1 { return arguments.isEmpty ? "needs an argument" : "takes one argument" }
            if argumentCount.upperBound < arguments.count {
                return "takes no more than \(argumentCount.upperBound) arguments"
            }
            return argumentCount.lowerBound == 1 ? "needs an argument" : "needs \(argumentCount.lowerBound) arguments"
        }
        func isWhole(_ value: JSONValue, in range: ClosedRange<Int>) -> Bool {
            value.intValue.map(range.contains) ?? false
        }
        switch self {
        case .pad:
            if !isWhole(arguments[0], in: 1...1000) { return "needs a width from 1 to 1000" }
            if arguments.count > 1, arguments[1].stringValue?.unicodeScalars.count != 1 {
                return "fills with one character"
            }
        case .hash:
            if let length = arguments.first, !isWhole(length, in: 1...64) { return "makes 1 to 64 digits" }
        case .replace:
            if arguments[0].stringValue?.isEmpty != false || arguments[1].stringValue == nil {
                return "needs two texts, and the first cannot be empty"
            }
        case .int, .float, .bool, .text, .json, .lower, .upper, .trim, .slug, .stem, .basename, .ext, .nonempty,
            .default:
            break
        }
        return nil
    }
}
