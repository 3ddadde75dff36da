// Package checkpoint reads (and writes) safetensors: named arrays in one file,
// or in shards listed by model.safetensors.index.json. It knows no model.
//
// Files are mapped, not read, so that a checkpoint may be larger than memory;
// truncating a file while it is mapped makes reads of it fault. Whatever a file
// claims is checked before it is used or allocated for: malformed input gives
// an error that names the file and the tensor, never a panic.
//
// To add a dtype, add its name and size to dtype.go.
package checkpoint
