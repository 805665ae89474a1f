public import ReplicateAPI

extension Client {
    /// All elements of a list, fetched page by page as they are asked for.
    ///
    /// ```swift
    /// for try await prediction in client.paginate(client.predictions.list) { print(prediction.id) }
    /// for try await version in client.paginate({ try await client.models.versions.list("o", "n") }) { print(version.id) }
    /// ```
    ///
    /// A list that leads back to a page that was read, or goes on and on without anything new, throws `unexpectedAnswer`. If a
    /// page cannot be read, the error says which, and ``ReplicateError/pageLink`` where to go on.
    ///
    /// - Parameters:
    ///   - mostPages: after how many pages the list counts as endless.
    ///   - first: gives the first page; it is called when the first element is asked for.
    ///
    /// API: "Pagination".
    public func paginate<Element: APIResource>(
        upTo mostPages: Int = Paginated<Element>.mostPages,
        _ first: @escaping @Sendable () async throws -> Page<Element>
    ) -> Paginated<Element> {
        // Typed here, because closures do not infer the type of what they throw.
        Paginated(
            pages: Pages(client: self, mostPages: mostPages) { () async throws(ReplicateError) in
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

    /// The elements of a list from the page on that a link leads to, such as ``ReplicateError/pageLink`` or `Page.next`.
    ///
    /// - Parameters:
    ///   - link: as an answer or an error gave it; the first page that is asked for throws `foreignURL` if it leads to another
    ///     host than the API's.
    ///   - type: what the list is of.
    ///   - mostPages: after how many pages the list counts as endless.
    public func paginate<Element: APIResource>(
        from link: String, of type: Element.Type = Element.self, upTo mostPages: Int = Paginated<Element>.mostPages
    ) -> Paginated<Element> {
        Paginated(
            pages: Pages(client: self, mostPages: mostPages, firstLink: link) { () async throws(ReplicateError) in
                try await self.page(at: link)
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

    /// After how many pages a list counts as endless, unless another number is given: ten million elements of the usual pages.
    public static var mostPages: Int { 100_000 }

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
    let mostPages: Int
    let firstLink: String?
    let first: @Sendable () async throws(ReplicateError) -> Page<Resource>

    init(
        client: Client, mostPages: Int, firstLink: String? = nil,
        first: @escaping @Sendable () async throws(ReplicateError) -> Page<Resource>
    ) {
        self.client = client
        self.mostPages = mostPages
        self.firstLink = firstLink
        self.first = first
    }

    /// Begins with the first page.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pages: self)
    }

    /// Reads the pages once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum Position {
            case start
            case after(link: String)
            case end
            /// The list has no end; what was read of it has been given.
            case endless(ReplicateError)
        }

        /// So many pages in a row without anything new are no list: filters may leave a few empty.
        private static var mostIdlePages: Int { 20 }

        private let pages: Pages
        private var position = Position.start
        /// The page that was read last, counted from 1.
        private var number = 0
        /// The links that were followed.
        private var visited: Set<String>
        /// What pages held, by their hash: a page that comes again under another link brings nothing.
        private var contents: Set<Int> = []
        private var idlePages = 0

        init(pages: Pages) {
            self.pages = pages
            visited = pages.firstLink.map { [$0] } ?? []
        }

        /// Where the next page is, to go on from there another time with ``Client/paginate(from:of:upTo:)``; `nil` before the
        /// first page and after the last.
        public var nextLink: String? {
            switch position {
            case .start: pages.firstLink
            case .after(let link): link
            case .end, .endless: nil
            }
        }

        /// The next page, or `nil` after the last. A page that could not be read is asked for again by the next call.
        ///
        /// - Throws: ``ReplicateError``, as ``Client/nextPage(of:)`` does; `unexpectedAnswer` for a list that leads back into
        ///   itself or has no end, and `canceled` if the task was canceled.
        public mutating func next() async throws(ReplicateError) -> Page<Resource>? {
            switch position {
            case .end: return nil
            case .endless(let error): throw error
            case .start, .after: break
            }
            let page: Page<Resource>
            do throws(ReplicateError) {
                if Task.isCancelled { throw ReplicateError(.canceled, "reading the list was canceled") }
                guard number < pages.mostPages else {
                    throw endless("has more than \(pages.mostPages) pages")
                }
                if case .after(let link) = position {
                    page = try await pages.client.page(at: link)
                } else {
                    page = try await pages.first()
                }
            } catch {
                throw located(error)
            }
            number += 1
            if page.results.isEmpty || !contents.insert(page.results.hashValue).inserted {
                idlePages += 1
            } else {
                idlePages = 0
            }
            if let next = page.next {
                let isNew = visited.insert(next).inserted
                position = .after(link: next)
                if !isNew {
                    position = .endless(located(endless("leads back to a page that was read already")))
                } else if idlePages >= Self.mostIdlePages {
                    position = .endless(located(endless("went on for \(idlePages) pages without anything new")))
                }
            } else {
                position = .end
            }
            return page
        }

        private func endless(_ what: String) -> ReplicateError {
            ReplicateError(.unexpectedAnswer, "it \(what), so the rest was not read", delivery: .unknown)
        }

        /// The error with the page it is about.
        private func located(_ error: ReplicateError) -> ReplicateError {
            guard number > 0 || pages.firstLink != nil else { return error }
            var error = error
            error.message = "the list, after \(number == 1 ? "1 page" : "\(number) pages"): \(error.message)"
            error.pageLink = nextLink
            return error
        }
    }
}
