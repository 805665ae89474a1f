// Runs a job that is made in code, with a progress bar, and prints what came of it:
//
//     swift run example-library
//
// Ctrl-C ends it; the next start goes on where it was.
import Nightshift

let job = try Engine().job(
    [
        "job": "posters", "provider": "local", "model": "nightshift/poster",
        "matrix": ["subject": ["a harbour", "a lighthouse", "an old town"], "style": ["dawn", "night"]],
        "input": ["prompt": "{{ subject }}", "style": "{{ style }}"],
        "outputs": ["directory": "out/posters", "name": "{{ subject | slug }}-{{ style }}"],
    ], in: "jobs")

let report = try await job.run { run in
    var last = -1
    for await update in run.updates {
        switch update {
        case .progressed(let counts, _, _):
            let done = counts.succeeded + counts.failed
            guard done != last else { continue }
            last = done
            let bar = String(repeating: "█", count: done * 30 / max(1, counts.items))
            print("\(bar) \(done) of \(counts.items)")
            // A job that mostly fails is not worth its money; what runs is still finished.
            if counts.failed > 2 { run.stop() }
        case .announced(let announcement): print(announcement)
        case .warning(let text): print("warning:", text)
        default: break
        }
    }
}

print("\(report.end.word): \(report.counts.succeeded) of \(report.counts.items) in \(report.outputDirectory)")
for try await item in job.items() {
    print(item.state.rawValue, item.key, item.files.joined(separator: " "), item.failure ?? "")
}
let exported = try await job.export(to: job.usualExportDirectory)
print("\(exported.items) items exported, \(try await job.verify().badFiles.count) bad files")
