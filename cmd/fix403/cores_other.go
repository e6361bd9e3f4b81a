//go:build !unix

package main

func withoutCores() {}
