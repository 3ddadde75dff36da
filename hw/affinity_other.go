//go:build !linux

package hw

import (
	"errors"
	"time"
)

func affinity() ([]int, error) { return nil, errors.ErrUnsupported }

func pinThread(int) (unpin func(), err error) { return func() {}, errors.ErrUnsupported }

func threadID() int { return 0 }

type cpuSet struct{}

func oneCPU(int) cpuSet { return cpuSet{} }

func moveThread(int, cpuSet) error { return errors.ErrUnsupported }

func threadTime(int) (ran time.Duration, ok bool) { return 0, false }

func nap(d time.Duration) { time.Sleep(d) }
