namespace Assay;

/// <summary>What is stored of a secret, in the columns <c>ciphertext</c> and <c>encryption_key_id</c>.</summary>
public sealed record SealedSecret(byte[] Ciphertext, string EncryptionKeyId);

/// <summary>Where a secret is at home; sealed for one place, it cannot be opened at another.</summary>
/// <param name="Column">With schema and table, such as <c>ops.provider_credential.ciphertext</c>.</param>
/// <param name="Row">The row's id.</param>
/// <param name="Organization">Null for what belongs to a person in every organization.</param>
/// <param name="User">Null for what belongs to the organization.</param>
public sealed record SecretPlace(string Column, Guid Row, Guid? Organization, Guid? User);
