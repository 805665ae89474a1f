import Foundation
import NightshiftCore
import Testing

struct ItemFilterTests {
    private static let utc = TimeZone(secondsFromGMT: 0) ?? .current

    private func terms(_ text: String) throws -> [ItemFilter.Term] {
        try ItemFilter(parsing: text, timeZone: Self.utc).terms
    }

    @Test(
        arguments: [
            ("state=failed", .state, .equal, [.text("failed")]),
            ("state=failed,canceled", .state, .equal, [.text("failed"), .text("canceled")]),
            ("style!=dawn", .row("style"), .notEqual, [.text("dawn")]),
            ("duration>30", .duration, .more, [.number(30, "30")]),
            ("cost>=0.01", .cost, .atLeast, [.number(0.01, "0.01")]),
            ("cost<1", .cost, .less, [.number(1, "1")]), ("seed<=7", .row("seed"), .atMost, [.number(7, "7")]),
            ("rating=none", .rating, .equal, [.missing]), ("rating=\"4\"", .rating, .equal, [.number(4, "4")]),
            ("class=timeout", .failureClass, .equal, [.text("timeout")]),
            ("failure_class=timeout", .failureClass, .equal, [.text("timeout")]),
            ("row.state=x", .row("state"), .equal, [.text("x")]),
            ("prompt~light", .row("prompt"), .contains, [.text("light")]),
            ("note=\"none\"", .note, .equal, [.text("none")]), ("seed=\"7\"", .row("seed"), .equal, [.text("7")]),
            ("\"Prompt Text\"=\"a, b\"", .row("Prompt Text"), .equal, [.text("a, b")]),
            (#"x="say \"hi\" \\ ok""#, .row("x"), .equal, [.text(#"say "hi" \ ok"#)]),
            ("x=\"\"", .row("x"), .equal, [.text("")]), ("café=ü", .row("café"), .equal, [.text("ü")]),
            ("sent_at>2026-11-28T02:30:00Z", .sentAt, .more, [.time(1_795_833_000_000)]),
            ("sent_at>2026-11-28T02:30", .sentAt, .more, [.time(1_795_833_000_000)]),
            ("ended_at<2026-11-28", .endedAt, .less, [.time(1_795_824_000_000)]),
            ("n=0x10", .row("n"), .equal, [.text("0x10")]), ("n=nan", .row("n"), .equal, [.text("nan")]),
        ] as [(String, ItemColumn, ItemFilter.Comparison, [ItemFilter.Value])])
    func readsATerm(text: String, column: ItemColumn, comparison: ItemFilter.Comparison, values: [ItemFilter.Value])
        throws
    {
        #expect(try terms(text) == [ItemFilter.Term(.column(column, comparison, values))])
    }

    @Test func readsTextsAndNegations() throws {
        #expect(
            try terms("  lighthouse  \"a storm\" -state=failed -dark - ") == [
                ItemFilter.Term(.text("lighthouse")), ItemFilter.Term(.text("a storm")),
                ItemFilter.Term(.column(.state, .equal, [.text("failed")]), isNegated: true),
                ItemFilter.Term(.text("dark"), isNegated: true), ItemFilter.Term(.text("-")),
            ])
        #expect(try terms("").isEmpty)
    }

    @Test(arguments: [
        ("state=faild", "state=faild", "failed"), ("duration>long", "duration>long", "a number"),
        ("x=", "x=", "a value is missing"), ("=5", "=5", "a column's name is missing"),
        ("x!5", "x!5", "expected one of"),
        ("ok \"never closed", "\"never", "never closed"), ("sent_at>yesterday", "sent_at>yesterday", "a time"),
        ("sent_at>2026-13-45", "sent_at>2026-13-45", "a time"),
        ("state=failed,", "state=failed,", "a value is missing"),
    ])
    func saysWhatIsWrong(text: String, term: String, reason: String) throws {
        let error = try #require(throws: ItemFilterError.self) { try ItemFilter(parsing: text) }
        #expect(error.term.hasPrefix(term), "\(error)")
        #expect(error.reason.contains(reason), "\(error)")
    }

    /// What a facet gives as its filter means just that value again.
    @Test(arguments: [
        "plain", "two words", "a,b", "say \"hi\"", #"back\slash"#, "", "none", "-minus", "x=y", "ünï", "7", "line\nend",
    ])
    func aValueAsTextIsReadBack(value: String) throws {
        for column in [ItemColumn.row("style"), .row("state"), .row("a column"), .failure] {
            let text = ItemFilter.text(column, equals: value)
            let terms = try terms(text)
            guard terms.count == 1, case .column(let read, .equal, let values) = terms[0].subject else {
                Issue.record("\(text) is read as \(terms)")
                continue
            }
            #expect(read == column)
            let isSame = values == [.text(value)] || values == [.number(Double(value) ?? -1, value)]
            #expect(isSame, "\(text) is read as \(values)")
        }
        #expect(try terms(ItemFilter.text(.tag, equals: nil)) == [ItemFilter.Term(.column(.tag, .equal, [.missing]))])
    }

    @Test func sortsAreReadWithTheirDirection() {
        #expect(ItemSort(parsing: "-cost") == ItemSort(.cost, isDescending: true))
        #expect(ItemSort(parsing: "style") == ItemSort(.row("style")))
        #expect(ItemSort(parsing: "-row.state").description == "-row.state")
    }
}
