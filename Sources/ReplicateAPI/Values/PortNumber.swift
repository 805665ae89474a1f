/// The port of an address. The network library ends the process by one that is no port.
package enum PortNumber {
    /// What is wrong with the port of a URL, as a part of a sentence, or `nil` if it has none or one that there can be.
    package static func problem(in url: String) -> String? {
        guard let port = port(of: url), !port.isEmpty else { return nil }
        let isNumber = port.utf8.count <= 20 && port.utf8.allSatisfy { (0x30...0x39).contains($0) }
        if isNumber, let number = Int(port), (1...65_535).contains(number) { return nil }
        return "the port '\(port.prefix(20))'; expected one from 1 to 65535"
    }

    /// What stands between the host and the path, without its colon.
    private static func port(of url: String) -> Substring? {
        guard let mark = url.firstRange(of: "://") else { return nil }
        let authority = url[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        // The colons of an IPv6 address are in brackets.
        let afterHost = place.lastIndex(of: "]").map { place[$0...] } ?? place
        return afterHost.lastIndex(of: ":").map { afterHost[afterHost.index(after: $0)...] }
    }
}
