package watch

import "testing"

// The mark is on the newest call, until it is moved: then it stays on its call, also when older ones go away, and on the oldest that
// is left once its own is gone.
func TestMark(t *testing.T) {
	v := &Screen{}
	on := func(want int, numbers ...int) {
		t.Helper()
		v.mark(numbers)
		if got := numbers[v.list.At]; got != want {
			t.Errorf("of %v call %d is marked, not %d", numbers, got, want)
		}
	}
	on(3, 1, 2, 3)
	on(4, 1, 2, 3, 4)
	v.list.Move(-2, 4)
	on(2, 1, 2, 3, 4)
	on(2, 1, 2, 3, 4, 5)
	on(2, 2, 3, 4, 5, 6)
	on(3, 3, 4, 5, 6, 7)
	v.list.At = 4 // a click on the newest
	on(7, 3, 4, 5, 6, 7)
	on(8, 4, 5, 6, 7, 8)
	v.mark(nil)
	if v.list.At != 0 {
		t.Error("a mark where there is no call")
	}
}
