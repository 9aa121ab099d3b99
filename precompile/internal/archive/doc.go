// Package archive lists and reads the files inside .whl, .zip, .pex, .tar and
// .tar.gz archives where they lie: nothing is unpacked to disk, and nothing in
// an archive can name a file outside it.
//
// Model: Open reads the table of contents, which for a tar is one pass over the
// stream. What it finds is a list of Entries, files under clean slash-separated
// names in the order of the archive, and a list of Faults: entries that are not
// listed because different programs would unpack them differently, or to
// somewhere else. Contents are asked for later: Read takes one entry of a zip,
// Fetch any set of entries, for which a tar is passed over once more. So the
// memory needed is that of the list and of what the caller asks for at once.
//
// Archives come from outside. Every number in one is a claim: sizes are held to
// Limits whatever the headers say, checksums are compared (also where
// archive/zip does not: a recorded CRC of zero), links are resolved inside the
// archive or not at all, and an entry that cannot be read says why. Archives
// within archives are files like any other and not opened.
//
// Layout: limits.go the bounds; name.go names and links; detect.go which files
// are archives; zip.go and tar.go the two formats; archive.go what they share.
package archive
