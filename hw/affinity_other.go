//go:build !linux

package hw

import "errors"

func affinity() ([]int, error) { return nil, errors.ErrUnsupported }

func pinThread(int) (unpin func(), err error) { return func() {}, errors.ErrUnsupported }
