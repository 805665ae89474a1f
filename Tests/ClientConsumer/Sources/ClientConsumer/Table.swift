import Replicate

/// What a row found instead of what it should have.
struct Mismatch: Error, CustomStringConvertible {
    var description: String
}

/// The rows of the table, printed as they pass or fail.
final class Table {
    private(set) var passed = 0
    private(set) var failed = 0

    func row(_ name: String, _ body: () async throws -> Void) async {
        do {
            try await body()
            passed += 1
            print("pass  \(name)")
        } catch {
            failed += 1
            print("FAIL  \(name): \(error)")
        }
    }
}

func expect<Value: Equatable>(_ found: Value, _ expected: Value) throws {
    if found != expected { throw Mismatch(description: "found \(found), expected \(expected)") }
}

func expect(_ isTrue: Bool, _ what: String) throws {
    if !isTrue { throw Mismatch(description: what) }
}

func required<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw Mismatch(description: "there is no \(what)") }
    return value
}

/// The error of a call that must fail.
func refusal(_ body: () async throws -> Void) async throws -> ReplicateError {
    do {
        try await body()
    } catch let error as ReplicateError {
        return error
    }
    throw Mismatch(description: "it was taken")
}
