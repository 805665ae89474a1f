import Testing

@testable import ReplicateServer

struct ListPageTests {
    private func page(_ list: [String], _ cursor: ListCursor?, ascending: Bool = true) -> ListPage<String> {
        ListPage(list, ascending: ascending, at: cursor, size: 2, by: \.self)
    }

    @Test func aPageIsFoundAgainWhateverIsDeletedInBetween() throws {
        let first = page(["a", "b", "c", "d", "e"], nil)
        #expect(Array(first.elements) == ["a", "b"])
        #expect(first.previous == nil)
        let next = try #require(first.next)
        #expect(try ListCursor(next.text) == next)
        let second = page(["a", "d", "e"], next)
        #expect(Array(second.elements) == ["d", "e"])
        #expect(second.next == nil)
        #expect(Array(page(["a", "b", "d", "e"], second.previous).elements) == ["a", "b"])
    }

    @Test func aPageCanBeEmpty() {
        for cursor in [nil, .after("x"), .before("x")] as [ListCursor?] {
            let page = page([], cursor)
            #expect(page.elements.isEmpty)
            #expect(page.next == nil && page.previous == nil)
        }
        #expect(page(["a"], .after("a")).elements.isEmpty)
    }

    @Test func descendingIsTheSameTurnedRound() throws {
        let first = page(["a", "b", "c"], nil, ascending: false)
        #expect(Array(first.elements) == ["c", "b"])
        #expect(Array(page(["a", "b", "c"], first.next, ascending: false).elements) == ["a"])
    }

    @Test(arguments: ["", "x", "eA==", "Yz14", "/w=="])
    func whatIsNoCursorIsRefused(text: String) {
        #expect(throws: Problem.self) { try ListCursor(text) }
    }
}
