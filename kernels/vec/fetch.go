package vec

import "moebench/kernels"

// Fetch asks for memory that is read soon, and waits for none of it. A few lines here and a few
// there are over before hardware prefetchers have seen what they are, and after a layer's weights
// passed by they are in no cache. Doing without is correct.
var Fetch = kernels.NewSet("vec/fetch", func(memory []byte) {})
