//go:build !linux

package hw

import (
	"errors"
	"time"
)

func affinity() ([]int, error) { return nil, errors.ErrUnsupported }

func pinThread(int) (unpin func(), err error) { return func() {}, errors.ErrUnsupported }

func threadID() int { return 0 }

func moveThread(int, int) error { return errors.ErrUnsupported }

func threadTime(int) (ran time.Duration, ok bool) { return 0, false }

func nap(d time.Duration) { time.Sleep(d) }
