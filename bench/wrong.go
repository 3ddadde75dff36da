package bench

// WrongResult is a kernel or model whose output is wrong on this machine: no
// number is printed for it.
type WrongResult struct{ Err error }

func (w *WrongResult) Error() string { return "wrong result: " + w.Err.Error() }
func (w *WrongResult) Unwrap() error { return w.Err }

// Failure is what the machine cannot do at the moment, such as memory that others have taken
// since a plan was made: what was asked for is right, and may work later.
type Failure struct{ Err error }

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }
