// Package cores keeps secrets out of core dumps.
package cores
