using System.Security.Cryptography;

namespace Assay;

/// <summary>AES-GCM with a random nonce, as one piece: nonce, ciphertext, tag.</summary>
internal static class Gcm
{
    public const int TagLength = 16;
    public const int NonceLength = 12;

    public static byte[] Encrypt(AesGcm cipher, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        var piece = new byte[NonceLength + plain.Length + TagLength];
        var nonce = piece.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        cipher.Encrypt(
            nonce, plain, piece.AsSpan(NonceLength, plain.Length), piece.AsSpan(piece.Length - TagLength), associated);
        return piece;
    }

    /// <exception cref="SecretUnreadableException">
    /// The piece, the key or the associated data is not what it was.
    /// </exception>
    public static byte[] Decrypt(AesGcm cipher, ReadOnlySpan<byte> piece, ReadOnlySpan<byte> associated)
    {
        if (piece.Length < NonceLength + TagLength)
            throw new SecretUnreadableException();

        var plain = new byte[piece.Length - NonceLength - TagLength];
        try
        {
            cipher.Decrypt(
                piece[..NonceLength], piece[NonceLength..^TagLength], piece[^TagLength..], plain, associated);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new SecretUnreadableException();
        }
    }
}
