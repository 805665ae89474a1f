/// Results that were not accepted.
extension Migrations {
    static let sixteenth = """
        -- The paths, in the output directory, that the files of a result that was not accepted are kept under: a JSON array of texts.
        ALTER TABLE attempt ADD COLUMN kept TEXT;
        """
}
