import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// What the page shows of a job that has not run yet: it comes alive with its first run.
struct EmptyJob {
    let job: Job
    let words: ViewWords
    /// Grows with every change.
    let version: Int

    /// - Parameter path: what is asked for, below the job's address.
    /// - Returns: `nil` for what only a job that has run can have.
    func json(_ path: [String]) -> JSONValue? {
        guard path.count == 1 else { return nil }
        switch path[0] {
        case "overview": return overview
        case "timeline": return Timeline.empty
        case "journal": return ["entries": [], "next": .null]
        case "items": return ["items": [], "total": 0, "next": .null]
        case "facets": return ["values": [], "more": 0]
        case "matrix": return ["rows": [], "columns": [], "cells": [], "more_rows": 0, "more_columns": 0]
        default: return nil
        }
    }

    var overview: JSONValue {
        let status = StatusReport(notRunYet: job)
        let known = OverviewJSON(
            status: status, history: RunHistory(isAlive: status.isAlive), failures: [], job: job, columns: [],
            version: version, words: words, now: Date()
        ).json
        let text = status.isAlive ? "The first run is being prepared." : "This job has not run yet."
        return .object((known.objectValue ?? [:]).merging(["began": .null, "ending_text": .string(text)]) { $1 })
    }
}
