import NightshiftCore
import Testing

@Suite struct ProblemGroupsTests {
    private func place(_ line: Int) -> NightshiftCore.SourceLocation {
        NightshiftCore.SourceLocation(file: "rows.csv", line: line)
    }

    @Test func aMistakeThatManyRowsShareIsToldOnce() {
        var groups = ProblemGroups()
        for line in 2...8 {
            groups.add(
                Diagnostic("'width' is \(line)000; the model takes 64 to 1440", at: place(line)), kind: .range,
                title: "'width' is out of range; the model takes 64 to 1440", found: "\(line)000", help: "sent at x:3:5"
            )
        }
        #expect(
            groups.lines == [
                "error: 'width' is out of range; the model takes 64 to 1440: 7 times", "    rows.csv:2: 2000",
                "    rows.csv:3: 3000", "    rows.csv:4: 4000", "    rows.csv:5: 5000", "    rows.csv:6: 6000",
                "    … and 2 more", "    sent at x:3:5",
            ])
    }

    @Test func aProblemOfItsOwnIsToldAtItsPlace() {
        var groups = ProblemGroups()
        groups.add(Diagnostic("no 'lang' here", at: place(3), help: "used at x:3:5"), kind: .row)
        #expect(groups.lines == ["rows.csv:3: error: no 'lang' here\n    used at x:3:5"])
    }

    @Test func whatMessagesQuoteDoesNotTellThemApart() {
        var groups = ProblemGroups()
        for (line, name) in ["a.png", "b.png", "c d.png"].enumerated() {
            groups.add(Diagnostic("cannot read the file '\(name)': no such file", at: place(line + 2)), kind: .file)
        }
        groups.add(Diagnostic("cannot read the file 'e.png': it is a directory", at: place(9)), kind: .file)
        #expect(
            groups.groups.map(\.title) == [
                "cannot read the file '…': no such file", "cannot read the file '…': it is a directory",
            ])
        #expect(groups.groups.map(\.count) == [3, 1])
        #expect(groups.count == 4)
    }

    @Test func aMillionDifferentMistakesAreNotHeld() {
        var groups = ProblemGroups()
        for number in 0..<1000 {
            let word = String(repeating: "x", count: number + 1)
            groups.add(Diagnostic("mistake \(word)", at: place(number)), kind: .row)
        }
        #expect(groups.groups.count == 50)
        #expect(groups.count == 1000)
        #expect(groups.lines.last == "… and 950 more problems")
    }
}
