package import JSON

/// A request apart from the files inside its input.
///
/// A provider may show a file that was sent inside the input in another form, as an address of its own. The digest of such
/// a row is not the one that was sent; the rest of the input still is.
package struct RequestOutline: Hashable, Sendable {
    fileprivate let places: [[JSONPathStep]]
    fileprivate let digest: String

    /// - Parameter input: with null where the files go.
    /// - Returns: `nil` if there are no files, and so nothing that could be shown in another form.
    init?(input: JSONValue, files: [ItemFile]) {
        guard !files.isEmpty else { return nil }
        places = files.map(\.pointer)
        digest = RequestDigest.of(input)
    }
}

/// The outlines of the lost requests that a list is searched for.
package struct RequestOutlines: Sendable {
    private let byPlaces: [[[JSONPathStep]]: [RequestOutline]]

    package init(_ outlines: Set<RequestOutline>) {
        byPlaces = Dictionary(grouping: outlines, by: \.places)
    }

    /// Those that the input of a listed prediction may belong to: equal but for files, which it shows as addresses.
    package func resembling(_ input: JSONValue) -> Set<RequestOutline> {
        var found: Set<RequestOutline> = []
        for (places, outlines) in byPlaces {
            let shown = places.map { input.value(at: $0)?.stringValue }
            // A file that is shown as it was sent would have been told by the digest of the whole.
            guard shown.allSatisfy({ $0 != nil }), shown.contains(where: { $0?.hasPrefix("data:") == false }) else {
                continue
            }
            let rest = places.reduce(input) { $0.replacing(at: $1, with: .null) }
            let digest = RequestDigest.of(rest)
            found.formUnion(outlines.filter { $0.digest == digest })
        }
        return found
    }
}
