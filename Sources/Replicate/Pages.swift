public import ReplicateAPI

extension Client {
    /// All elements of a list, fetched page by page as they are asked for.
    ///
    /// ```swift
    /// for try await prediction in client.paginate({ try await client.predictions.list() }) { … }
    /// for try await page in client.paginate({ try await client.models.list() }).pages { … }
    /// ```
    ///
    /// - Parameter first: gives the first page; it is called when the first element is asked for.
    ///
    /// API: "Pagination".
    public func paginate<Element: APIResource>(
        _ first: @escaping @Sendable () async throws -> Page<Element>
    ) -> Paginated<Element> {
        // Typed here, because closures do not infer the type of what they throw.
        Paginated(
            pages: Pages(client: self) { () async throws(ReplicateError) in
                do {
                    return try await first()
                } catch let error as ReplicateError {
                    throw error
                } catch is CancellationError {
                    throw ReplicateError(.canceled, "reading the list was canceled")
                } catch {
                    throw ReplicateError(.unexpectedAnswer, "the list cannot be read: \(error)")
                }
            })
    }

    /// The page with older elements, or `nil` if this is the last.
    ///
    /// - Throws: ``ReplicateError`` with the code `foreignURL` if the link leads to another host than the API's:
    ///   nothing is sent there.
    public func nextPage<Element>(of page: Page<Element>) async throws(ReplicateError) -> Page<Element>? {
        guard let next = page.next else { return nil }
        return try await self.page(at: next)
    }

    /// The page that a link of an earlier answer leads to, with the same care as ``nextPage(of:)``.
    ///
    /// - Throws: ``ReplicateError``, as ``nextPage(of:)`` does.
    public func page<Element: APIResource>(
        at link: String, of type: Element.Type = Element.self
    ) async throws(ReplicateError) -> Page<Element> {
        try await session.resource(Call("GET", url: try session.base.link(link)))
    }
}

/// The elements of a list, newest first; each page is fetched when its first element is asked for.
public struct Paginated<Element: APIResource>: AsyncSequence, Sendable {
    /// Why no more comes.
    public typealias Failure = ReplicateError

    /// The same list, page by page.
    public let pages: Pages<Element>

    /// Begins with the newest element.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pages: pages.makeAsyncIterator())
    }

    /// Reads the elements once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var pages: Pages<Element>.AsyncIterator
        private var elements: ArraySlice<Element> = []

        init(pages: Pages<Element>.AsyncIterator) {
            self.pages = pages
        }

        /// The next element, or `nil` at the end of the list.
        ///
        /// - Throws: ``ReplicateError``, as ``Client/nextPage(of:)`` does.
        public mutating func next() async throws(ReplicateError) -> Element? {
            while true {
                if let element = elements.popFirst() { return element }
                guard let page = try await pages.next() else { return nil }
                elements = page.results[...]
            }
        }
    }
}

/// The pages of a list, newest first; each is fetched when it is asked for.
public struct Pages<Resource: APIResource>: AsyncSequence, Sendable {
    /// One page.
    public typealias Element = Page<Resource>
    /// Why no more comes.
    public typealias Failure = ReplicateError

    let client: Client
    let first: @Sendable () async throws(ReplicateError) -> Page<Resource>

    /// Begins with the first page.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(client: client, first: first)
    }

    /// Reads the pages once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum Position {
            case start(@Sendable () async throws(ReplicateError) -> Page<Resource>)
            case after(link: String)
            case end
        }

        private let client: Client
        private var position: Position
        /// Pages that were read: a list that leads back into itself would have no end.
        private var visited: Set<String> = []

        init(client: Client, first: @escaping @Sendable () async throws(ReplicateError) -> Page<Resource>) {
            self.client = client
            position = .start(first)
        }

        /// The next page, or `nil` after the last. A page that could not be read is asked for again by the next call.
        ///
        /// - Throws: ``ReplicateError``, as ``Client/nextPage(of:)`` does.
        public mutating func next() async throws(ReplicateError) -> Page<Resource>? {
            let page: Page<Resource>
            switch position {
            case .end: return nil
            case .start(let first): page = try await first()
            case .after(let link): page = try await client.page(at: link)
            }
            if let next = page.next, visited.insert(next).inserted {
                position = .after(link: next)
            } else {
                position = .end
            }
            return page
        }
    }
}
