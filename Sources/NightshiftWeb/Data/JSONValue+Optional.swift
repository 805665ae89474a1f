import LosslessJSON
import NightshiftCore

/// How the page's JSON is made: what is not known is null.
extension JSONValue {
    static func of(_ number: Int?) -> JSONValue { number.map { .number(JSONNumber($0)) } ?? .null }
    static func of(_ number: Double?) -> JSONValue { number.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null }
    static func of(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
    /// Milliseconds since 1970.
    static func of(_ time: Timestamp?) -> JSONValue { of((time?.milliseconds).map { Int($0) }) }
}
