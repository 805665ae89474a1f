/// What a job can be called: it names folders.
package enum JobName {
    package static func isAllowed(_ job: String) -> Bool {
        let isPlain = job.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-_.".utf8.contains(byte)
        }
        return isPlain && !job.isEmpty && job.utf8.count <= 100 && job.first != "." && job.first != "-"
    }
}
