/// How the files of an input are sent.
///
/// API: "Files – Into a prediction".
public enum FileEncodingStrategy: Hashable, Sendable {
    /// Files of up to ``inlineLimit`` bytes as data URIs, until there are ``automaticTotalLimit`` bytes of them; all others
    /// by the Files API. While that answers with 5xx, these are sent as data URIs too, up to ``inlineTotalLimit`` in sum.
    case automatic
    /// All by the Files API, each content once; the API keeps them for about a day.
    case upload
    /// All as data URIs inside of the request. Beyond ``inlineTotalLimit`` bytes in sum the call throws and sends nothing.
    case dataURI

    /// The largest data URI that the API promises to take, in bytes before encoding.
    public static let inlineLimit = 256 * 1024
    /// What the API's guide to input files calls small, in bytes before encoding, for all files of an input in sum.
    public static let automaticTotalLimit = 1_000_000
    /// What official clients send as data URIs in sum at most, in bytes before encoding. Models may fail from a few
    /// megabytes on.
    public static let inlineTotalLimit = 10_000_000
}
