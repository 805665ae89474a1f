public import ReplicateAPI

/// The pages of a list, newest first; each is fetched when it is asked for.
public struct Pages<Element: APIResource>: AsyncSequence, Sendable {
    public typealias Failure = ReplicateError

    let client: Client
    let first: Page<Element>

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(client: client, first: first)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let client: Client
        private var first: Page<Element>?
        private var last: Page<Element>?

        init(client: Client, first: Page<Element>) {
            self.client = client
            self.first = first
        }

        public mutating func next() async throws(ReplicateError) -> Page<Element>? {
            if let page = first {
                first = nil
                last = page
                return page
            }
            guard let page = last else { return nil }
            last = nil
            last = try await client.nextPage(of: page)
            return last
        }
    }
}
