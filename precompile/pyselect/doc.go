// Package pyselect decides which Python a run is for when the user named none,
// and reads the ways in which people name Pythons.
//
// The sources, the first that says anything decides:
//
//	PRECOMPILE_PYTHON   the words of --python
//	.python-version     of the current folder or the nearest one above it, as
//	                    pyenv and uv write it
//	pyvenv.cfg          of the virtual environment that VIRTUAL_ENV names
//	PYTHON_VERSION      as the official container images set it
//	python3 on PATH     asked for its version
//
// A source that says something which cannot be followed ends the search with an
// error that names it: to compile for another Python than the project asks for
// would be worse than not to compile.
//
// The environment, the file system and the question to an interpreter are
// passed in (Env), so that the decision is a function of its inputs.
package pyselect
