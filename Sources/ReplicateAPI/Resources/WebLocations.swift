public import Foundation

/// The addresses of the API's objects as `URL`. They are `nil` where the API gave none, or one that `URL` does not take; the
/// texts beside them are what the API sent.
extension PredictionURLs {
    /// ``get`` as a URL.
    public var getLocation: URL? { self.get.flatMap(URL.init(string:)) }
    /// ``cancel`` as a URL.
    public var cancelLocation: URL? { cancel.flatMap(URL.init(string:)) }
    /// ``stream`` as a URL.
    public var streamLocation: URL? { stream.flatMap(URL.init(string:)) }
    /// ``web`` as a URL.
    public var webLocation: URL? { web.flatMap(URL.init(string:)) }
}

extension Model {
    /// ``url`` as a URL.
    public var location: URL? { url.flatMap(URL.init(string:)) }
    /// ``githubURL`` as a URL.
    public var githubLocation: URL? { githubURL.flatMap(URL.init(string:)) }
    /// ``paperURL`` as a URL.
    public var paperLocation: URL? { paperURL.flatMap(URL.init(string:)) }
    /// ``licenseURL`` as a URL.
    public var licenseLocation: URL? { licenseURL.flatMap(URL.init(string:)) }
    /// ``weightsURL`` as a URL.
    public var weightsLocation: URL? { weightsURL.flatMap(URL.init(string:)) }
    /// ``coverImageURL`` as a URL.
    public var coverImageLocation: URL? { coverImageURL.flatMap(URL.init(string:)) }
}

extension Account {
    /// ``githubURL`` as a URL.
    public var githubLocation: URL? { githubURL.flatMap(URL.init(string:)) }
    /// ``avatarURL`` as a URL.
    public var avatarLocation: URL? { avatarURL.flatMap(URL.init(string:)) }
}

extension APIFile {
    /// ``url`` as a URL.
    public var location: URL? { URL(string: url) }
}
