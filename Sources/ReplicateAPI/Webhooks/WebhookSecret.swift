import Crypto
import Foundation

/// The secret of an account's webhooks; it shows itself to nobody who prints or dumps it.
///
/// API: "Webhooks".
public struct WebhookSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let key: SymmetricKey

    /// Reads a secret as the API gives it: `whsec_` and base64.
    ///
    /// - Throws: ``WebhookError/malformedSecret``.
    public init(_ text: String) throws(WebhookError) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(text.dropFirst(6))), !bytes.isEmpty
        else { throw .malformedSecret }
        key = SymmetricKey(data: bytes)
    }

    /// The secret as text, to be kept where secrets are kept, and never to be logged.
    public var text: String {
        "whsec_" + key.withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// "(hidden)".
    public var description: String { "(hidden)" }
    /// "(hidden)".
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
