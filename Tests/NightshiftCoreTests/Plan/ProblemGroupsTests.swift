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
            groups.lines == [
                "rows.csv:2: error: cannot read the file 'a.png': no such file", "    and 2 more like it:",
                "    rows.csv:3: cannot read the file 'b.png': no such file",
                "    rows.csv:4: cannot read the file 'c d.png': no such file",
                "rows.csv:9: error: cannot read the file 'e.png': it is a directory",
            ])
        #expect(groups.groups.map(\.count) == [3, 1])
        #expect(groups.count == 4)
    }

    @Test func oneSentenceIsNotRepeatedAtEachPlace() {
        var groups = ProblemGroups()
        for line in 2...3 { groups.add(Diagnostic("value 1 is not valid UTF-8", at: place(line)), kind: .row) }
        #expect(
            groups.lines == [
                "error: value 1 is not valid UTF-8: 2 times", "    rows.csv:2", "    rows.csv:3",
            ])
    }

    @Test func valuesDoNotTellProblemsApartAndNamesDo() {
        func groups(_ messages: String...) -> Int {
            var groups = ProblemGroups()
            for message in messages { groups.add(Diagnostic(message), kind: .row) }
            #expect(groups.lines.joined().contains("…") == false)
            return groups.groups.count
        }
        #expect(groups("value 1 is not valid UTF-8", "value 12 is not valid UTF-8") == 1)
        #expect(groups("it is no UTF-8", "it is no UTF-16") == 2)
        #expect(groups("sep1.csv has no rows", "sep2.csv has no rows") == 2)
        #expect(groups("the file's row 3 has 2 values", "the file's row 4 has 7 values") == 1)
        #expect(groups("the model's 'a' is wrong", "the model's 'b' is wrong", "the model's 'b' is right") == 2)
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
