// Package pycdiff says how two caches differ, or two collections of caches:
// folders, wheels and other zips, tars such as the layers of images.
//
// # Model
//
// Two caches can differ at three levels, each of which a Pair tells of by
// itself. The header: the magic number, the invalidation mode, the time and size
// or hash of the source. The form: equal code objects that marshal wrote in
// other bytes, for one of a few reasons which package marshal names. The code:
// objects that are not equal; then the Pair names the first field that differs,
// and Listing has the instructions around the first that do, side by side.
//
// Caches of collections are paired by their names below the folder or in the
// archive. Every cache is read once for its hash; only those that differ are
// read again, a few at a time, so that two images can be compared in little
// memory.
package pycdiff
