package bench

// WrongResult is a kernel or model whose output is wrong on this machine: no
// number is printed for it.
type WrongResult struct{ Err error }

func (w *WrongResult) Error() string { return "wrong result: " + w.Err.Error() }
func (w *WrongResult) Unwrap() error { return w.Err }
