"""The far end of a copy for Windows PowerShell 5.1 and later: the typed line and the functions, as for POSIX shells.

A Windows console is no pipe: it echoes, it draws, and it breaks lines at its width. So everything goes as short lines
of base64, numbered in the direction from the node, and what is missing is asked for again. Names of variables differ by
more than their case, because PowerShell knows none, and a function's parameter would hide a variable of the same name.

Not verified on Windows: no such machine was at hand. Sources: the documentation of PowerShell and .NET.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

HELLO = "hello"
LEAST_WIDTH = 80
"""Columns of the console that a line from the node needs."""
DATA_BYTES = 36
"""Bytes of a file in a line from the node: with mark and offset below 80 characters."""
SENT_CHARACTERS = 600
"""Base64 in a line to the node: a console reads lines of some thousand characters."""


def typed_line(mark: str) -> bytes:
    """What is typed at the prompt; its echo is not the answer."""
    work = (
        f"$zM='{mark}';[Console]::Out.WriteLine(':'+$zM+' {HELLO}');"
        "while($null -ne ($zLine=[Console]::In.ReadLine())){$zAt=$zLine.IndexOf($zM+' ');"
        "if($zAt -ge 0){try{Invoke-Expression $zLine.Substring($zAt+$zM.Length+1)}"
        "catch{no write $_.Exception.Message}}};exit"
    )
    return f"{work}\r".encode()


def loading(mark: str) -> Iterator[bytes]:
    """The commands that load the functions."""
    text = base64.b64encode(FUNCTIONS.encode()).decode()
    yield command(mark, "$zLoad=''")
    for at in range(0, len(text), SENT_CHARACTERS):
        yield command(mark, f"$zLoad+='{text[at : at + SENT_CHARACTERS]}'")
    yield command(mark, "Invoke-Expression ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($zLoad)))")


def command(mark: str, words: str) -> bytes:
    """One command as it is sent."""
    return f"{mark} {words}\r".encode()


def word(value: bytes) -> str:
    """A path or name for a command; raises `ValueError` for NUL and for what is not valid Unicode."""
    if b"\0" in value:
        raise ValueError("no path has a NUL byte")
    value.decode()
    return f"'{base64.b64encode(value).decode()}'"


FUNCTIONS = r"""
$ErrorActionPreference='Stop'; $ProgressPreference='SilentlyContinue'
function say($text){ [Console]::Out.WriteLine(':' + $zM + ' ' + $text) }
function no($why, $text){
  $text = [regex]::Replace([string]$text, '[^ -~]', ' ')
  if($text.Length -gt 50){ $text = $text.Substring(0, 50) }
  say ('no ' + $why + ' ' + $text)
}
function name64($coded){ [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($coded)) }
function full($coded){
  $path = name64 $coded
  if($path.StartsWith('./')){ $path = $path.Substring(2) }
  $path = $path.Replace('/', '\')
  if(-not [IO.Path]::IsPathRooted($path)){ $path = [IO.Path]::Combine($HOME, $path) }
  [IO.Path]::GetFullPath($path)
}
function hash64($path, [long]$most){
  $sha = [Security.Cryptography.SHA256]::Create()
  $file = [IO.File]::Open($path, 'Open', 'Read', 'ReadWrite')
  try {
    $held = New-Object byte[] 1048576
    while($most -ne 0){
      $ask = $held.Length; if($most -gt 0 -and $most -lt $ask){ $ask = [int]$most }
      $got = $file.Read($held, 0, $ask); if($got -le 0){ break }
      [void]$sha.TransformBlock($held, 0, $got, $null, 0)
      if($most -gt 0){ $most -= $got }
    }
    [void]$sha.TransformFinalBlock($held, 0, 0)
  } finally { $file.Close() }
  [BitConverter]::ToString($sha.Hash).Replace('-', '').ToLower()
}
function up($to, $inner, $kind, $must){
  $global:zT = full $to; $how = 'as'
  if([IO.Directory]::Exists($zT)){ $global:zT = [IO.Path]::Combine($zT, (name64 $inner)); $how = 'in' }
  elseif($must -or ($kind -eq 'f' -and $zT.EndsWith('\'))){ no nodir; return }
  $global:zT = $zT.TrimEnd('\'); $folder = [IO.Path]::GetDirectoryName($zT)
  if(-not [IO.Directory]::Exists($folder)){ no noparent; return }
  if($kind -eq 'f' -and [IO.Directory]::Exists($zT)){ no isdir; return }
  if($kind -eq 'd' -and [IO.File]::Exists($zT)){ no notdir; return }
  $hidden = [IO.Path]::Combine($folder, '.' + [IO.Path]::GetFileName($zT))
  $global:zP = $hidden + '.smtui-part'; $global:zN = $hidden + '.smtui-new'
  $size = 'none'; if([IO.File]::Exists($zP)){ $size = (New-Object IO.FileInfo $zP).Length }
  try { $room = [long]((New-Object IO.DriveInfo ([IO.Path]::GetPathRoot($folder))).AvailableFreeSpace / 1024) }
  catch { $room = 'none' }
  say "ok how=$how part=$size room=$room"
}
function psum(){ say ('ok ' + (hash64 $zP -1)) }
function fresh(){ [IO.File]::WriteAllBytes($zP, (New-Object byte[] 0)); say ok }
function cutp([long]$size){
  $file = [IO.File]::Open($zP, 'Open', 'ReadWrite'); try { $file.SetLength($size) } finally { $file.Close() }
  say "ok $size"
}
function add($coded){ $held = [Convert]::FromBase64String($coded); $zS.Write($held, 0, $held.Length) }
function put(){
  $held = $zS.ToArray(); $global:zS = $null
  $file = [IO.File]::Open($zP, 'Append', 'Write')
  try { $file.Write($held, 0, $held.Length); $size = $file.Length } finally { $file.Close() }
  $digest = [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($held))
  say "ok $size"; say ('ok ' + $digest.Replace('-', '').ToLower())
}
function drop(){
  if([IO.File]::Exists($zP)){ [IO.File]::Delete($zP) }
  if([IO.Directory]::Exists($zN)){ [IO.Directory]::Delete($zN, $true) }
  say ok
}
function stamp($path, $when){
  if($when){
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $date = [DateTime]::ParseExact($when, 'yyyyMMddHHmm.ss', $culture)
    [IO.File]::SetLastWriteTimeUtc($path, [DateTime]::SpecifyKind($date, 'Utc'))
  }
}
function fin($expected, $mode, $when, $keep){
  $found = hash64 $zP -1; if($found -ne $expected){ no hash $found; return }
  if([IO.Directory]::Exists($zT)){ no isdir; return }
  stamp $zP $when
  if([IO.File]::Exists($zT)){ [IO.File]::Replace($zP, $zT, [NullString]::Value) } else { [IO.File]::Move($zP, $zT) }
  say ok
}
function tar64(){
  $ErrorActionPreference = 'Continue'; $said = & tar.exe @args 2>&1
  if($LASTEXITCODE -ne 0){ throw ('tar: ' + (($said | Out-String) -replace '\s+', ' ')) }
}
function unpack($expected, $mode, $when, $keep){
  $found = hash64 $zP -1; if($found -ne $expected){ no hash $found; return }
  if([IO.Directory]::Exists($zN)){ [IO.Directory]::Delete($zN, $true) }
  [void][IO.Directory]::CreateDirectory($zN)
  if($keep){ tar64 -xf $zP -C $zN } else { tar64 -xmf $zP -C $zN }
  if([IO.Directory]::Exists($zT)){
    foreach($file in [IO.Directory]::GetFiles($zN, '*', 'AllDirectories')){
      $place = [IO.Path]::Combine($zT, $file.Substring($zN.Length + 1))
      [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($place))
      if([IO.File]::Exists($place)){ [IO.File]::Replace($file, $place, [NullString]::Value) }
      else { [IO.File]::Move($file, $place) }
    }
    [IO.Directory]::Delete($zN, $true)
  } else { [IO.Directory]::Move($zN, $zT) }
  [IO.File]::Delete($zP); say ok
}
function src($coded){
  $global:zF = full $coded
  if([IO.File]::Exists($zF)){
    $global:zO = $zF; $about = New-Object IO.FileInfo $zF
    $seconds = [long][Math]::Floor(($about.LastWriteTimeUtc - (New-Object DateTime 1970, 1, 1)).TotalSeconds)
    say "ok kind=f size=$($about.Length) mode=none mtime=$seconds"
  } elseif([IO.Directory]::Exists($zF)){ say 'ok kind=d size=0 mode=none mtime=none' } else { no nofile }
}
function weigh(){
  $global:zO = [IO.Path]::GetTempFileName(); tar64 -cf $zO -C $zF .
  say "ok $((New-Object IO.FileInfo $zO).Length)"
}
function ssum($most){ if($most){ say ('ok ' + (hash64 $zO $most)) } else { say ('ok ' + (hash64 $zO -1)) } }
function lines([long]$from, [int]$count, [int]$length){
  $file = [IO.File]::Open($zO, 'Open', 'Read', 'ReadWrite')
  try {
    $held = New-Object byte[] $length; $file.Position = $from
    for($line = 0; $line -lt $count; $line++){
      $at = $file.Position; $got = $file.Read($held, 0, $length); if($got -le 0){ break }
      say ('d ' + $at + ' ' + [Convert]::ToBase64String($held, 0, $got))
    }
  } finally { $file.Close() }
  say end
}
function gone(){ if($zO -and $zO -ne $zF){ [IO.File]::Delete($zO) }; say ok }
$zTar = ''; if(Get-Command tar.exe -ErrorAction SilentlyContinue){ $zTar = 'y' }
say "ok tar=$zTar width=$([Console]::BufferWidth)"
"""
"""Loaded once; answers with what the node has."""
