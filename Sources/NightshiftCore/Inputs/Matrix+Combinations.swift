package import LosslessJSON

extension Matrix {
    /// Every name that some combination has.
    package var names: [String] {
        var names = columns.map(\.name)
        for member in inclusions.flatMap(\.members) where !names.contains(member.name) { names.append(member.name) }
        return names
    }

    /// How many combinations there are, those that `include` adds among them; `nil` if more than an `Int` can count.
    package var combinationCount: Int? {
        guard let count = productCount else { return nil }
        let (sum, overflow) = count.addingReportingOverflow(additions.count)
        return overflow ? nil : sum
    }

    private var productCount: Int? {
        var count = 1
        for column in columns {
            let (product, overflow) = count.multipliedReportingOverflow(by: column.values.count)
            if overflow { return nil }
            count = product
        }
        return count
    }

    /// The entries of `include` that are no combination of the columns: each is one of its own.
    private var additions: [Inclusion] {
        inclusions.filter { inclusion in
            inclusion.members.contains { member in
                columns.contains { $0.name == member.name && !$0.values.contains(member.value) }
            }
        }
    }

    /// The combination of a number from 0, the last column varying fastest; what `include` adds comes last.
    package func combination(_ number: Int) -> [(name: String, value: JSONValue)] {
        if !inclusions.isEmpty {
            let product = productCount ?? 0
            if number >= product { return additions[number - product].members.map { ($0.name, $0.value) } }
        }
        var rest = number
        var values: [(name: String, value: JSONValue)] = []
        for column in columns.reversed() {
            values.append((column.name, column.values[rest % column.values.count]))
            rest /= column.values.count
        }
        values.reverse()
        for inclusion in inclusions { extend(&values, by: inclusion) }
        return values
    }

    /// Adds what an entry says beside the columns, if it agrees with the combination in all columns that it names.
    private func extend(_ values: inout [(name: String, value: JSONValue)], by inclusion: Inclusion) {
        let own = columns.count
        var added: [(name: String, value: JSONValue)] = []
        for member in inclusion.members {
            guard let index = values[..<own].firstIndex(where: { $0.name == member.name }) else {
                added.append((member.name, member.value))
                continue
            }
            guard values[index].value == member.value else { return }
        }
        for new in added {
            // A later entry of `include` outranks an earlier one.
            if let index = values[own...].firstIndex(where: { $0.name == new.name }) {
                values[index] = new
            } else {
                values.append(new)
            }
        }
    }
}
